/** What a page shows of an authenticator app that is being set up. */
import { base32, totpUri } from '../../accounts/authenticators/totp.ts'
import { qrCode } from '../../http/qr-code.ts'
import type { TotpSecretView } from '../../http/view-models.ts'
import type { Account } from '../../storage/storage.ts'

export async function totpSecretView(
  secret: Uint8Array,
  { account, installation }: { account: Account; installation: string },
): Promise<TotpSecretView> {
  const uri = totpUri(secret, { issuer: installation, username: account.username })
  const grouped = (base32(secret).match(/.{1,4}/g) ?? []).join(' ')
  return { qr: await qrCode(uri), secret: grouped, uri }
}
