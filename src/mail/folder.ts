/** Mails as files, for whoever develops: a whole one or none, and the same one for each attempt. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../base/hash.ts'
import type { Outgoing, Sent } from './transport.ts'

export async function sendToFolder(folder: string, { id, name, date, bytes }: Outgoing): Promise<Sent> {
  const time = new Date(date).toISOString().replace(/[-:.]/g, '')
  const file = join(folder, `${time}-${name}-${sha256(id).slice(0, 8)}.eml`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(`${file}.part`, bytes, { mode: 0o600 })
    await rename(`${file}.part`, file)
    return { kind: 'accepted', answer: file }
  } catch (error) {
    return { kind: 'failed', reason: `cannot write into ${folder}: ${(error as NodeJS.ErrnoException).code}` }
  }
}
