/* What pages with a password or a code gain beside page.js. */
{
  const password = document.getElementById('password')
  const reveal = document.getElementById('reveal')
  const show = (visible) => {
    password.type = visible ? 'text' : 'password'
    reveal.setAttribute('aria-pressed', String(visible))
  }

  if (reveal) {
    reveal.hidden = false
    reveal.addEventListener('click', () => show(password.type === 'password'))
    /* A field of type text would be kept in the browser's form history. */
    addEventListener('submit', () => show(false))
  }

  /* The answer to a password or a code stands at an address that the history could only post to again: name the page's own. */
  const typed = password ?? document.getElementById('code')
  const action = typed ? new URL(typed.form.action).pathname : ''
  if (typed && location.pathname.endsWith(action.replace(/.*\//, '/'))) {
    const page = action.replace(/\/[^/]*$/, '')
    history.replaceState(null, '', page + location.search)
  }
}
