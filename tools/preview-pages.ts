/** Shows the hosted pages in every state, to look at while working on views/: served on a port, or written to a folder. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sampleServer } from '../test/fixtures/sample-server.ts'
import { SAMPLES } from '../test/fixtures/sample-views.ts'

const USAGE = `node tools/preview-pages.ts            serve the pages on http://127.0.0.1:4173
node tools/preview-pages.ts --port N   … on another port
node tools/preview-pages.ts FOLDER     write them to FOLDER as NAME.html, in English
node tools/preview-pages.ts FOLDER de  … in another language

When they are served, each browser gets its own language; NAME?ui_locales=he gives another one.`

async function serve(port: number): Promise<void> {
  const app = await sampleServer()
  const origin = await app.listen({ host: '127.0.0.1', port })
  for (const { id } of SAMPLES) console.log(`${origin}/${id}`)
}

async function write(folder: string, language: string): Promise<void> {
  const app = await sampleServer()
  await mkdir(folder, { recursive: true })
  for (const { id } of SAMPLES) {
    const { body } = await app.inject(`/${id}?ui_locales=${language}`)
    await writeFile(join(folder, `${id}.html`), body)
  }
  await app.close()
  console.log(`${SAMPLES.length} pages in ${folder}`)
}

const [first = '--port', second = '4173'] = process.argv.slice(2)
if (first === '--port' && /^\d+$/.test(second)) await serve(Number(second))
else if (!first.startsWith('-')) await write(first, process.argv[3] ?? 'en')
else {
  console.error(USAGE)
  process.exitCode = 2
}
