/** Many sign-ons one after the other, and what memory the server holds after each tenth of them. */
import { signOn } from './browser.ts'
import { REDIRECT_URI } from './clients.ts'
import type { StartedServer } from './countersign.ts'
import { openConnection } from './http-connection.ts'
import type { World } from './operations.ts'
import { authorizationPath, authorize, redeem } from './target.ts'

const CONNECTIONS = 16
const SAMPLES = 10

/**
 * Drives `count` sign-ons with a session: authorize, then code → tokens, every answer checked.
 * Gives the server's memory in bytes after each tenth. Rejects with a BenchError for a wrong answer.
 */
export async function driveSignOns(
  server: StartedServer,
  { target, clients, browsers }: Omit<World, 'connections'>,
  count: number,
): Promise<readonly number[]> {
  const client = clients.appRs256
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(server.issuer)))
  const memory: number[] = []
  try {
    const [first] = connections
    const path = authorizationPath(target, client, 'sign-on')
    for (const browser of browsers) if (first) await signOn(browser, first, { path, destination: REDIRECT_URI })
    for (let sample = 1; sample <= SAMPLES; sample++) {
      let left = Math.ceil(count / SAMPLES)
      await Promise.all(
        connections.map(async (connection) => {
          while (left > 0) {
            const browser = browsers[left-- % browsers.length]
            if (browser === undefined) return
            const code = await authorize(target, connection, client, browser)
            await redeem(target, connection, { client, code })
          }
        }),
      )
      memory.push((await server.usage()).rss)
    }
  } finally {
    for (const connection of connections) connection.close()
  }
  return memory
}
