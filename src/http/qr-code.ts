/** A QR code as a PNG (ISO/IEC 15948) of one bit for each square: a third of what a path weighs. */
import { crc32, deflateSync } from 'node:zlib'

export interface QrCode {
  /** A `data:` URL. */
  readonly image: string
  /** Of a side, in CSS pixels: a whole number for each square, so that none is blurred. */
  readonly width: number
}

const PIXELS_PER_SQUARE = 4

/** Loaded at the first one: few processes ever draw any. */
export async function qrCode(text: string): Promise<QrCode> {
  const { encodeQR } = await import('qr')
  // ISO/IEC 18004 §6.3.8: four light squares around it.
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 4 })
  const image = `data:image/png;base64,${pngOf(rows).toString('base64')}`
  return { image, width: rows.length * PIXELS_PER_SQUARE }
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Greyscale of one bit: 0 is black. */
function pngOf(rows: readonly (readonly boolean[])[]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(rows[0]?.length ?? 0, 0)
  header.writeUInt32BE(rows.length, 4)
  header[8] = 1
  // Each line begins with its filter: none.
  const lines = rows.flatMap((row) => [0, ...bytesOf(row)])
  const data = deflateSync(Buffer.from(lines), { level: 9 })
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

const bytesOf = (row: readonly boolean[]): number[] =>
  Array.from({ length: Math.ceil(row.length / 8) }, (_, at) =>
    row.slice(at * 8, at * 8 + 8).reduce((byte, isDark, bit) => (isDark ? byte : byte | (0x80 >> bit)), 0),
  )

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const around = Buffer.alloc(8)
  around.writeUInt32BE(data.length, 0)
  around.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)])
}
