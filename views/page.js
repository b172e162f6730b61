/* What pages gain from JavaScript; every page works without it. */
{
  const root = document.documentElement
  const ready = () => root.removeAttribute('data-sending')

  /* A second submission within a moment is a double click. No button is disabled, so none can stay dead. */
  addEventListener('submit', (event) => {
    if (root.hasAttribute('data-sending')) {
      event.preventDefault()
      return
    }
    root.setAttribute('data-sending', '')
    setTimeout(ready, 1500)
  })
  addEventListener('pageshow', ready)

  /* For browsers that heed autofocus on fields alone. */
  addEventListener('load', () => document.getElementById('errors')?.focus())
}
