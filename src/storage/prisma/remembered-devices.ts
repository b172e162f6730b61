/** Remembered devices in the database. */
import type { RememberedDevice, RememberedDeviceStore } from '../storage.ts'
import { columns, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

const deviceColumns = columns<RememberedDevice>({
  id: text('id'),
  accountId: text('account_id'),
  createdAt: whole('created_at'),
  expiresAt: whole('expires_at'),
})

export function rememberedDeviceStore(
  { rememberedDevice }: Pick<Database, 'rememberedDevice'>,
  statements: Statements,
): RememberedDeviceStore {
  return {
    insert: statements.insert('remembered_devices', deviceColumns),
    async find(accountId, ids) {
      const rows = await rememberedDevice.findMany({ where: { accountId, id: { in: [...ids] } } })
      return rows.map(deviceColumns.ofModel)
    },
    async ofAccount(accountId, now) {
      const rows = await rememberedDevice.findMany({
        where: { accountId, expiresAt: { gt: BigInt(now) } },
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
      })
      return rows.map(deviceColumns.ofModel)
    },
    async forgetAll(accountId) {
      return (await rememberedDevice.deleteMany({ where: { accountId } })).count
    },
  }
}
