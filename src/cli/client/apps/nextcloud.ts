import { type App, hasScope, linesOf, shellQuoted } from './app.ts'

/**
 * The app user_oidc, by its occ commands. It sends the secret in the form as soon as discovery names client_secret_post,
 * and looks into the ID token alone until it is told to ask userinfo.
 */
export const nextcloud: App = {
  name: 'nextcloud',
  title: 'Nextcloud (user_oidc)',
  documentation: 'https://github.com/nextcloud/user_oidc#readme',
  callback: { kind: 'path', pattern: /\/apps\/user_oidc\/code$/, example: '/apps/user_oidc/code' },
  methods: ['client_secret_post'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  returnsFromSignOut: true,
  settings: (facts) =>
    linesOf(
      `# ${facts.secretVariable} is in the environment of occ.`,
      'occ user_oidc:provider countersign \\',
      `  --clientid=${shellQuoted(facts.clientId)} \\`,
      `  --clientsecret-env=${facts.secretVariable} \\`,
      `  --discoveryuri=${shellQuoted(facts.discovery)} \\`,
      facts.postLogoutUri !== undefined && `  --postlogouturi=${shellQuoted(facts.postLogoutUri)} \\`,
      `  --scope=${shellQuoted(facts.scopes.join(' '))} \\`,
      '  --send-id-token-hint=1 \\',
      `  --mapping-uid=${hasScope(facts, 'profile') ? 'preferred_username' : 'sub'} \\`,
      '  --mapping-display-name=name \\',
      '  --mapping-email=email \\',
      hasScope(facts, 'groups') && '  --mapping-groups=groups --group-provisioning=1 \\',
      '  --unique-uid=0',
      'occ config:system:set user_oidc enrich_login_id_token_with_userinfo --type=boolean --value=true',
    ),
  advice: ({ base }) => [
    'For sign-outs that begin elsewhere, add to the entry:\n' +
      `    backchannel_logout_uri: ${base}/index.php/apps/user_oidc/backchannel-logout/countersign\n` +
      '    backchannel_logout_session_required: true',
  ],
}
