/** A QR code as the path of an SVG: each row is a line, one square wide, with gaps. */

export interface QrCode {
  /** Of a side, with the quiet zone, in squares. */
  readonly size: number
  /** To be stroked, one square wide. */
  readonly path: string
}

/** Loaded at the first one: few processes ever draw any. */
export async function qrCode(text: string): Promise<QrCode> {
  const { encodeQR } = await import('qr')
  // ISO/IEC 18004 §6.3.8: four light squares around it.
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 4 })
  return { size: rows.length, path: rows.map(lineOf).join('') }
}

/** `M4 4.5h7m1 0h2`: where it begins, and from there how far it is dark and light. */
function lineOf(row: readonly boolean[], y: number): string {
  const runs = [
    ...row
      .map((isDark) => (isDark ? '1' : '0'))
      .join('')
      .matchAll(/1+/g),
  ]
  const steps = runs.map(({ index, 0: run }, at) => {
    const before = runs[at - 1]
    const start = before === undefined ? `M${index} ${y}.5` : `m${index - before.index - before[0].length} 0`
    return `${start}h${run.length}`
  })
  return steps.join('')
}
