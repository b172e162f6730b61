/* Signs in with a passkey, or makes one: the form says what is asked for (WebAuthn §5.1.8, §5.1.9), the answer goes with it. */
if (window.PublicKeyCredential) {
  const form = document.getElementById('passkey')
  const failed = document.getElementById('passkey-failed')
  const options = JSON.parse(form.dataset.options)
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, '')
  const listed = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }))
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: listed(options.allowCredentials),
    excludeCredentials: listed(options.excludeCredentials),
    user: options.user && { ...options.user, id: bytes(options.user.id) },
  }
  let waiting

  const ask = async (mediation) => {
    waiting?.abort()
    waiting = new AbortController()
    const asked = { publicKey, mediation, signal: waiting.signal }
    try {
      const credentials = navigator.credentials
      const { id, rawId, type, response } = await (options.user ? credentials.create(asked) : credentials.get(asked))
      const json = { transports: response.getTransports?.() }
      for (const name of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle', 'attestationObject'])
        if (response[name]) json[name] = base64url(response[name])
      form.elements.passkey.value = JSON.stringify({
        id,
        rawId: base64url(rawId),
        type,
        response: json,
        clientExtensionResults: {},
      })
      form.submit()
    } catch (error) {
      /* Another way was chosen, or nothing was. */
      if (mediation || error.name === 'AbortError') return
      failed.hidden = false
      void offer()
    }
  }

  /* Among what the browser fills in at the user name. */
  const offer = async () => {
    if (!document.querySelector('[autocomplete~="webauthn"]')) return
    if (await PublicKeyCredential.isConditionalMediationAvailable?.()) void ask('conditional')
  }

  /* The answer to a form stands at an address that the history could only post to again: name the page's own. */
  const posted = new URL(form.action).pathname
  if (location.pathname === posted && !posted.endsWith('/add'))
    history.replaceState(null, '', posted.replace(/\/[^/]*$/, '') + location.search)

  for (const one of document.querySelectorAll('[data-passkey]')) one.hidden = one.dataset.passkey === 'unable'
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    failed.hidden = true
    void ask()
  })
  void offer()

  /* Whether it is worth asking who signs in with a password. */
  const able = document.getElementById('able')
  if (able)
    void PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((is) => {
      able.value = is ? 'yes' : ''
    })
}
