/** The names of the buckets that are counted in the database. */
import { createHmac, type KeyObject } from 'node:crypto'

/** @param key names are kept as digests of it: nobody reads from the database what was typed, or from where */
export const bucketIds =
  (key: KeyObject) =>
  (...what: readonly string[]): string =>
    createHmac('sha256', key).update(what.join('\0')).digest('base64url')
