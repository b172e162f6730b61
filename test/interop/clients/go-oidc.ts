/** Go's coreos/go-oidc with x/oauth2: a confidential client with its secret in the form, which it finds out by trying. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onServer } from '../client.ts'
import { cacheFolder, lastLine, run, startWebApp } from '../program.ts'

const FOLDER = join(import.meta.dirname, 'go-oidc')
/** Where Go's own installer puts it, for when it is not on the PATH. */
const PLACES = ['go', '/usr/local/go/bin/go']

const program = (): string => join(cacheFolder('go'), 'go-oidc')

export const goOidc = onServer({
  name: 'go-oidc',
  entry: { token_endpoint_auth_method: 'client_secret_post' },
  unavailable: build,
  start: (registration) => startWebApp([program()], registration),
})

/** Gives why there is no program. Go knows by itself when there is nothing to do. */
function build(): string | undefined {
  const go = PLACES.find((place) => (place === 'go' || existsSync(place)) && run(place, ['version']).isDone)
  if (go === undefined) return 'no Go on this machine'
  const { isDone, output } = run(go, ['build', '-o', program(), '.'], FOLDER)
  return isDone ? undefined : `go build failed: ${lastLine(output)}`
}
