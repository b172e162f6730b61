/* What pages gain from JavaScript; every page works without it. */
{
  const root = document.documentElement
  const password = document.getElementById('password')
  const reveal = document.getElementById('reveal')
  const ready = () => root.removeAttribute('data-sending')
  const show = (visible) => {
    password.type = visible ? 'text' : 'password'
    reveal.setAttribute('aria-pressed', String(visible))
  }

  if (reveal) {
    reveal.hidden = false
    reveal.addEventListener('click', () => show(password.type === 'password'))
  }

  /* A second submission within a moment is a double click. No button is disabled, so none can stay dead. */
  addEventListener('submit', (event) => {
    if (root.hasAttribute('data-sending')) {
      event.preventDefault()
      return
    }
    root.setAttribute('data-sending', '')
    setTimeout(ready, 1500)
    /* A field of type text would be kept in the browser's form history. */
    if (reveal) show(false)
  })
  addEventListener('pageshow', ready)

  /* The answer to a password or a code stands at an address that the history could only post to again: name the page's own. */
  const typed = password ?? document.getElementById('code')
  const action = typed ? new URL(typed.form.action).pathname : ''
  if (typed && location.pathname.endsWith(action.replace(/.*\//, '/'))) {
    const page = action.replace(/\/[^/]*$/, '')
    history.replaceState(null, '', page + location.search)
  }

  /* For browsers that heed autofocus on fields alone. */
  addEventListener('load', () => document.getElementById('errors')?.focus())
}
