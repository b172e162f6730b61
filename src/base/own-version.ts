/** Which version this is. */
import { createRequire } from 'node:module'

export function ownVersion(): string {
  // The same depth below the package's root as src/base/ and as dist/base/.
  const manifest: { version?: unknown } = createRequire(import.meta.url)('../../package.json')
  return String(manifest.version)
}
