/** `countersign health`: asks the Countersign on this machine whether it is ready; for a container's health check. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { parseArgs } from 'node:util'
import type { ListenConfig } from '../config/config.ts'
import { type Command, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE, loadConfigOrFail } from './config.ts'

/** In milliseconds; a database that takes longer to answer is not ready. */
const PATIENCE = 4000

export const health: Command = {
  name: 'health',
  summary: 'Ask the running Countersign whether it is ready',
  usage: `countersign health [--config FILE]

Asks /readyz at the address that the configuration says to listen on.
The exit status is 0 when Countersign is ready and 1 when it is not.

${CONFIG_OPTION_USAGE}`,
  async run(args, terminal) {
    const { listen } = loadConfigOrFail(readConfigOption(args), terminal)
    const answer = await askReadiness(listen)
    terminal.stdout.write(`${answer === 200 ? 'ready' : `not ready: ${answer}`}\n`)
    return answer === 200 ? 0 : 1
  },
}

/** The status of the answer, or why there was none. */
function askReadiness({ host, port, tls }: ListenConfig): Promise<number | string> {
  const options = { host: reachable(host), port, path: '/readyz', timeout: PATIENCE, agent: false }
  return new Promise((resolve) => {
    // The certificate names the issuer's host, not the loopback address that is asked here; nothing secret is sent.
    const request = tls ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options)
    request.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 'no status')
    })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE / 1000} seconds`)))
    request.once('error', (error) => resolve(error.message))
    request.end()
  })
}

/** "Every interface" is no address that can be asked. */
export const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

function readConfigOption(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: CONFIG_OPTION }).values.config
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
