/** Folders that stand for images. */
import { chmodSync, globSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The user without rights on every Linux; as good as the image's own. */
export const NOBODY = 65534

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export function sizeOfFolder(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? sizeOfFolder(path) : lstatSync(path).size)
  }, 0)
}

/** Takes the right to write from everybody, as `docker run --read-only` does. */
export function lockFolder(folder: string, { except }: { except: readonly string[] }): void {
  const open = except.map((path) => join(folder, path))
  for (const path of [folder, ...globSync(`${folder}/**`, { exclude: (found) => open.includes(found) })]) {
    const found = lstatSync(path)
    if (!found.isSymbolicLink() && !open.includes(path)) chmodSync(path, found.mode & ~0o222)
  }
}

/** Gives its owner the right to delete it again. */
export function unlockFolder(folder: string): void {
  chmodSync(folder, lstatSync(folder).mode | 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) unlockFolder(join(folder, entry.name))
}

/** What `.dockerignore` lets through, relative to the context: `*` first, then `!` for each exception. */
export function contextFilter(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ lets: line.startsWith('!'), pattern: line.replace(/^!/, '') }))
  const concerns = (pattern: string, path: string): boolean =>
    pattern === '*' || path === pattern || path.startsWith(`${pattern}/`)
  return (path) => rules.findLast(({ pattern }) => concerns(pattern, path))?.lets ?? true
}
