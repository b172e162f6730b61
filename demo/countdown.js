// Counts down to the moments on the page; the page says them in full without it.
const moments = document.querySelectorAll('[data-until]')

function show() {
  for (const moment of moments) {
    const seconds = Math.round((Number(moment.dataset.until) - Date.now()) / 1000)
    const minutes = Math.floor(seconds / 60)
    moment.textContent =
      seconds <= 0 ? 'expired' : minutes > 0 ? `in ${minutes} min ${seconds % 60} s` : `in ${seconds} s`
  }
}

show()
setInterval(show, 1000)
