/** The throw-away databases that the schema engine looks at and replays migrations in. */
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  type ColumnType,
  ColumnTypeEnum,
  isDriverAdapterError,
  type SqlDriverAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils'
import { sqliteAdapterFactory } from '../src/storage/prisma/sqlite-adapter.ts'
import { ensureSqliteFile } from '../src/storage/prisma/sqlite-file.ts'

/** Two files in `folder`: the database, and the one to replay in. */
export function sqliteShadowFactory(folder: string, name = 'main.db'): SqlMigrationAwareDriverAdapterFactory {
  return {
    ...sqliteFactory(join(folder, name)),
    connectToShadowDb: () => sqliteFactory(join(folder, 'shadow.db')).connect(),
  }
}

function sqliteFactory(path: string): SqlDriverAdapterFactory {
  ensureSqliteFile(path)
  return sqliteAdapterFactory(path)
}

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>

/** The database of `url`; to replay in, one is made beside it and dropped again. */
export function postgresqlShadowFactory(url: string): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg({ connectionString: url })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => readingCatalogues(await factory.connect()),
    connectToShadowDb: async () => readingCatalogues(await factory.connectToShadowDb()),
  }
}

/** The engine reads catalogues whose columns have the internal type "char", which the adapter refuses to name. */
function readingCatalogues(adapter: PgAdapter): PgAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (query) => {
    try {
      return await queryRaw(query)
    } catch (error) {
      if (!isDriverAdapterError(error) || error.cause.kind !== 'UnsupportedNativeDataType') throw error
      return queryCatalogue(adapter, query)
    }
  }
  return adapter
}

/** PostgreSQL's object identifiers of the types in its catalogues; every other one is read as text. */
const CATALOGUE_TYPES: Readonly<Record<number, ColumnType>> = {
  16: ColumnTypeEnum.Boolean,
  18: ColumnTypeEnum.Character,
  20: ColumnTypeEnum.Int64,
  21: ColumnTypeEnum.Int32,
  23: ColumnTypeEnum.Int32,
  26: ColumnTypeEnum.Int64,
  1003: ColumnTypeEnum.TextArray,
  1009: ColumnTypeEnum.TextArray,
}

async function queryCatalogue(adapter: PgAdapter, query: SqlQuery): Promise<SqlResultSet> {
  const { fields, rows } = await adapter
    .underlyingDriver()
    .query<unknown[]>({ text: query.sql, values: query.args, rowMode: 'array' })
  return {
    columnNames: fields.map((field) => field.name),
    columnTypes: fields.map((field) => CATALOGUE_TYPES[field.dataTypeID] ?? ColumnTypeEnum.Text),
    rows,
  }
}
