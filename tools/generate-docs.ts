/**
 * Writes config.schema.json and docs/configuration.md from the configuration's schema, the list of events of docs/audit.md, and the
 * keys of the texts for the compiler; `--check` only says whether they are up to date.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CONFIG_SCHEMA } from '../src/config/schema.ts'
import { auditMarkdown } from './audit-docs/markdown.ts'
import { configJsonSchema } from './config-docs/json-schema.ts'
import { configMarkdown } from './config-docs/markdown.ts'
import { wordKeys } from './word-keys.ts'

const root = join(import.meta.dirname, '..')

/** Every generated document: its path from the top of the repository, and its text as it should be. */
export function generatedDocuments(): ReadonlyMap<string, string> {
  const example = readFileSync(join(root, 'countersign.example.yaml'), 'utf8')
  return new Map([
    ['config.schema.json', configJsonSchema(CONFIG_SCHEMA)],
    ['docs/configuration.md', configMarkdown(CONFIG_SCHEMA, example)],
    ['docs/audit.md', auditMarkdown(readFileSync(join(root, 'docs/audit.md'), 'utf8'))],
    ['src/words/keys.ts', wordKeys(JSON.parse(readFileSync(join(root, 'views/words/en.json'), 'utf8')))],
  ])
}

/** The paths of the documents whose text on disk is another one. */
export const staleDocuments = (): string[] =>
  [...generatedDocuments()]
    .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(([path]) => path)

function writeDocuments(): void {
  for (const [path, text] of generatedDocuments()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

if (import.meta.main) {
  const stale = staleDocuments()
  if (!process.argv.includes('--check')) writeDocuments()
  else if (stale.length > 0) {
    console.error(`Not up to date: ${stale.join(', ')}. Run: node tools/generate-docs.ts`)
    process.exitCode = 1
  }
}
