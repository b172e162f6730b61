// Loaded before the .ts programs (`node --import`): an older Node.js cannot read them, so this says what to do instead.
import { existsSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  const isInstalled = existsSync(new URL('../node_modules/node/bin/node', import.meta.url))
  console.error(`Countersign needs Node.js 22.18 or newer and is tested with 24; this is ${process.version}.`)
  console.error(
    isInstalled
      ? 'Start it through npm (npm run demo, npm test, npm start): npm uses the Node.js 24 that `npm ci` put into node_modules.'
      : 'Run `npm ci` here: it puts Node.js 24 into node_modules, and npm uses it. If it skipped the install scripts, run `npm rebuild node` too.',
  )
  process.exit(1)
}
