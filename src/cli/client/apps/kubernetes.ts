import { type App, hasScope, linesOf, quoted } from './app.ts'

/**
 * The API server's AuthenticationConfiguration, and kubelogin, which signs people in at their own machine: no place for a
 * secret. The API server asks nobody: what it is to know is in the ID token.
 */
export const kubernetes: App = {
  name: 'kubernetes',
  title: 'Kubernetes (API server and kubelogin)',
  documentation:
    'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration',
  callback: { kind: 'exact', uris: ['http://localhost:8000', 'http://localhost:18000'] },
  methods: ['none'],
  claimsAt: 'id_token',
  takesAnyAlgorithm: true,
  returnsFromSignOut: false,
  settings: (facts) =>
    linesOf(
      '# For kube-apiserver --authentication-config=FILE (Kubernetes 1.34; from 1.30 on with apiserver.config.k8s.io/v1beta1)',
      'apiVersion: apiserver.config.k8s.io/v1',
      'kind: AuthenticationConfiguration',
      'jwt:',
      '  - issuer:',
      `      url: ${quoted(facts.issuer)}`,
      `      audiences: [${quoted(facts.clientId)}]`,
      '    claimMappings:',
      '      username:',
      `        claim: ${hasScope(facts, 'profile') ? 'preferred_username' : 'sub'}`,
      '        prefix: "countersign:"',
      hasScope(facts, 'groups') && '      groups:',
      hasScope(facts, 'groups') && '        claim: groups',
      hasScope(facts, 'groups') && '        prefix: "countersign:"',
      '---',
      '# For the kubeconfig of everybody, with the plugin kubelogin (kubectl krew install oidc-login)',
      'apiVersion: v1',
      'kind: Config',
      'users:',
      '  - name: countersign',
      '    user:',
      '      exec:',
      '        apiVersion: client.authentication.k8s.io/v1',
      '        interactiveMode: Never',
      '        command: kubectl',
      '        args:',
      '          - oidc-login',
      '          - get-token',
      `          - ${quoted(`--oidc-issuer-url=${facts.issuer}`)}`,
      `          - ${quoted(`--oidc-client-id=${facts.clientId}`)}`,
      '          - --oidc-pkce-method=S256',
      ...facts.scopes
        .filter((scope) => scope !== 'openid')
        .map((scope) => `          - ${quoted(`--oidc-extra-scope=${scope}`)}`),
    ),
  advice: (facts) => [
    ...(facts.issuer.startsWith('https:') ? [] : ['The API server takes an https issuer only.']),
    ...(hasScope(facts, 'groups') ? [] : ['For rules by group (RBAC), add groups to the scope of the entry.']),
  ],
}
