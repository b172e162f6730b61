/** A rule for `admin`: nothing is done on a page that is not there. */
import type { Facts } from './facts.ts'

export function reportAdminFaults({ file: { admin }, faults }: Facts): void {
  if (admin?.actions !== true || admin.groups?.length !== 0 || faults.touches(['admin', 'groups'])) return
  faults.report(['admin', 'actions'], {
    message: 'does nothing without admin.groups',
    allowed: 'the groups whose accounts may do it, below admin.groups',
  })
}
