/* Says to a client's page whether the person is still signed in as when its session_state was made: OpenID Connect
   Session Management 3.1 and 3.2. What is compared is what protocol/session-state.ts makes. */
{
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

  const kept = () => /(?:^|; )(?:__Host-)?countersign-state=([^;]*)/.exec(document.cookie)?.[1] ?? ''

  /* Where the browser keeps our cookies from a page inside another one, nothing can be said; "changed" would make the
     client ask for a sign-on each time. */
  const isBlind = async () => (document.hasStorageAccess ? !(await document.hasStorageAccess()) : false)

  const judge = async (message, origin) => {
    const [, clientId, hash, salt] = /^(.+) ([^ .]+)\.([^ .]+)$/.exec(message) ?? []
    if (!clientId) return 'error'
    const states = kept()
    if (states === '' && (await isBlind())) return 'error'
    /* Of each account that is signed in here; the client's is one of them. */
    const hashOf = (state) =>
      crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${clientId} ${origin} ${state} ${salt}`)).then(hex)
    return (await Promise.all(states.split('~').map(hashOf))).includes(hash) ? 'unchanged' : 'changed'
  }

  addEventListener('message', async ({ data, origin, source }) => {
    if (source === window) return
    source.postMessage(await judge(String(data), origin).catch(() => 'error'), origin)
  })
}
