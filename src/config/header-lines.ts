/** `Name: value`, one on each line (RFC 9110 §5.1, §5.5). */
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*$/

/** By name; undefined when a line is none. */
export function parseHeaders(text: string): Record<string, string> | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const headers: [string, string][] = []
  for (const line of lines) {
    const [, name, value] = LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return undefined
    headers.push([name, value])
  }
  return Object.fromEntries(headers)
}
