// For a process that must fail the proof: loaded before it (`node --import`), it takes back that we insist on durable commits.
import pg from 'pg'

const { getStartupConf } = pg.Client.prototype
pg.Client.prototype.getStartupConf = function weakened() {
  const { options, ...rest } = getStartupConf.call(this)
  return { ...rest, options: options.replace('synchronous_commit=on', 'synchronous_commit=off') }
}
