/** SIGHUP: a service reads its configuration again, and what runs in a terminal that was closed ends. */

/** Gives the signals that closeWithGrace is to leave alone. */
export function onHangUp(reload: () => void): 'SIGHUP'[] {
  if (process.stdout.isTTY) return []
  process.on('SIGHUP', reload)
  return ['SIGHUP']
}
