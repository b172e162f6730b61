/** Settings of the Prisma command line: which schema and which migrations, by the scheme of DATABASE_URL. */
import { defineConfig } from 'prisma/config'

const url = process.env['DATABASE_URL'] ?? 'file:./data/countersign.db'
const provider = process.env['PRISMA_PROVIDER'] ?? (url.startsWith('postgres') ? 'postgresql' : 'sqlite')

// These commands never run the schema engine, yet would download it first: any existing file in its place stops that.
if (process.argv.some((argument) => ['generate', 'validate', 'format'].includes(argument))) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath
}

export default defineConfig({
  schema: `prisma/${provider}/schema.prisma`,
  migrations: { path: `prisma/${provider}/migrations` },
  datasource: { url },
})
