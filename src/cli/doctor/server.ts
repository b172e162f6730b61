/** Whether a Countersign listens on this machine, where the configuration says. */
import type { ListenConfig } from '../../config/config.ts'
import { reachable } from '../health.ts'
import { type Ask, NoAnswer, whyNoAnswer } from './ask.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

/** Where it listens on this machine; undefined: the system chose the port. */
export function ownOrigin({ host, port, tls }: ListenConfig): string | undefined {
  const at = reachable(host)
  return port === 0 ? undefined : `${tls ? 'https' : 'http'}://${at.includes(':') ? `[${at}]` : at}:${port}`
}

export async function checkServer(listen: ListenConfig, ask: Ask): Promise<readonly Finding[]> {
  const origin = ownOrigin(listen)
  if (origin === undefined) return [unknown('whether it runs here: listen.port is 0, so its port is not known')]
  try {
    const { status, body } = await ask(`${origin}/readyz`)
    if (status === 200) return [fine(`it runs at ${origin} and is ready`)]
    const named = status === 503 ? body.slice(0, 200).replace(/["{}]/g, '') : 'which is no answer of Countersign'
    return [problem(`what runs at ${origin} is not ready: status ${status}, ${named}`, 'Its log says more.')]
  } catch (error) {
    if (error instanceof NoAnswer && error.code === 'ECONNREFUSED') {
      return [
        warning(
          `nothing listens at ${origin}`,
          'Start it: countersign serve. If it runs on another machine or in a container, run doctor there.',
        ),
      ]
    }
    return [warning(`${origin} cannot be reached: ${whyNoAnswer(error)}`, 'Look at listen.host and listen.port.')]
  }
}
