/** The list of rules that no single value can break: where keys contradict each other, a standard, or the files they name. */

import { reportAdminFaults } from './cross-checks/admin.ts'
import { reportClientAlgorithmFaults, reportSigningAlgorithmFaults } from './cross-checks/algorithms.ts'
import { reportApiFaults, warnOfClientApis } from './cross-checks/apis.ts'
import { reportBrandFaults, reportClientBrandFaults } from './cross-checks/brand.ts'
import { reportClientAuthenticationFaults } from './cross-checks/client-authentication.ts'
import { reportClientGrantFaults } from './cross-checks/client-grants.ts'
import { reportDuplicateClients } from './cross-checks/client-ids.ts'
import { reportClientKeyFaults } from './cross-checks/client-keys.ts'
import { reportClientNameFaults } from './cross-checks/client-names.ts'
import { reportClientRequestFaults } from './cross-checks/client-requests.ts'
import { reportClientSubjectFaults } from './cross-checks/client-subjects.ts'
import { reportClientUriFaults } from './cross-checks/client-uris.ts'
import { reportEgressFaults } from './cross-checks/egress.ts'
import type { ClientFacts, Facts } from './cross-checks/facts.ts'
import { reportIssuerFaults } from './cross-checks/issuer.ts'
import { reportLifetimeFaults } from './cross-checks/lifetimes.ts'
import { reportListenFaults } from './cross-checks/listen.ts'
import { reportMailFaults } from './cross-checks/mail.ts'
import { reportNotificationFaults } from './cross-checks/notifications.ts'
import { reportPasskeyFaults } from './cross-checks/passkeys.ts'
import { reportRecoveryFaults } from './cross-checks/recovery.ts'
import { reportRegistrationFaults } from './cross-checks/registration.ts'
import { reportSignUpFaults } from './cross-checks/sign-up.ts'
import { reportStorageFaults } from './cross-checks/storage.ts'
import { reportMetricsFaults, reportTracingFaults } from './cross-checks/telemetry.ts'
import { reportPasswordFaults, reportThrottlingFaults } from './cross-checks/throttling.ts'
import { reportUpstreamFaults } from './cross-checks/upstream.ts'
import { reportLanguageFaults, reportTextFaults } from './cross-checks/words.ts'

const RULES: readonly ((facts: Facts) => void)[] = [
  reportIssuerFaults,
  reportListenFaults,
  reportEgressFaults,
  reportStorageFaults,
  reportSigningAlgorithmFaults,
  reportLifetimeFaults,
  reportDuplicateClients,
  reportAdminFaults,
  reportRegistrationFaults,
  reportNotificationFaults,
  reportMailFaults,
  reportRecoveryFaults,
  reportSignUpFaults,
  reportPasskeyFaults,
  reportUpstreamFaults,
  reportApiFaults,
  reportThrottlingFaults,
  reportPasswordFaults,
  reportMetricsFaults,
  reportTracingFaults,
  reportLanguageFaults,
  reportTextFaults,
  reportBrandFaults,
]

const CLIENT_RULES: readonly ((facts: ClientFacts) => void)[] = [
  reportClientAuthenticationFaults,
  reportClientGrantFaults,
  reportClientNameFaults,
  reportClientUriFaults,
  reportClientAlgorithmFaults,
  reportClientKeyFaults,
  reportClientRequestFaults,
  reportClientSubjectFaults,
  reportClientBrandFaults,
  warnOfClientApis,
]

/** Adds to `facts.faults` whatever the values contradict. Values that are missing have been reported before. */
export function reportContradictions(facts: Facts): void {
  for (const rule of RULES) rule(facts)
  for (const [index, client] of (facts.file.clients ?? []).entries()) {
    if (client) for (const rule of CLIENT_RULES) rule({ ...facts, client, index })
  }
}
