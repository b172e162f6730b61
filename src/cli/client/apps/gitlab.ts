import { type App, hasScope, linesOf, quoted } from './app.ts'

/** /etc/gitlab/gitlab.rb. GitLab asks userinfo. */
export const gitlab: App = {
  name: 'gitlab',
  title: 'GitLab',
  documentation: 'https://docs.gitlab.com/administration/auth/oidc/',
  callback: {
    kind: 'path',
    pattern: /\/users\/auth\/openid_connect\/callback$/,
    example: '/users/auth/openid_connect/callback',
  },
  methods: ['client_secret_basic', 'client_secret_post'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  returnsFromSignOut: false,
  settings: (facts) =>
    linesOf(
      '# /etc/gitlab/gitlab.rb; then: gitlab-ctl reconfigure',
      'gitlab_rails["omniauth_allow_single_sign_on"] = ["openid_connect"]',
      '# People that GitLab has not seen may come in without an admin’s approval.',
      'gitlab_rails["omniauth_block_auto_created_users"] = false',
      'gitlab_rails["omniauth_providers"] = [',
      '  {',
      '    name: "openid_connect",',
      `    label: ${ruby(facts.providerName)},`,
      '    args: {',
      '      name: "openid_connect",',
      `      scope: [${facts.scopes.map(ruby).join(', ')}],`,
      '      response_type: "code",',
      `      issuer: ${ruby(facts.issuer)},`,
      '      discovery: true,',
      `      client_auth_method: ${facts.method === 'client_secret_post' ? '"query"' : '"basic"'},`,
      '      uid_field: "sub",',
      '      send_scope_to_token_endpoint: "false",',
      '      pkce: true,',
      '      client_options: {',
      `        identifier: ${ruby(facts.clientId)},`,
      `        secret: ENV[${ruby(facts.secretVariable)}],`,
      `        redirect_uri: ${ruby(facts.redirectUri)}`,
      '      }',
      '    }',
      '  }',
      ']',
    ),
  advice: (facts) =>
    hasScope(facts, 'email') && hasScope(facts, 'profile')
      ? []
      : ['GitLab makes its users of name and e-mail: add profile and email to the scope of the entry.'],
}

/** In double quotes Ruby replaces `#{…}`. */
const ruby = (text: string): string => quoted(text).replaceAll('#', '\\#')
