import type { YamlMap } from '../../yaml/map.ts'
import { readUrl, unlessEmpty } from '../../yaml/context.ts'
import { AWS_KINDS } from './discovery-aws.ts'
import { finding, withHttp, withoutHttp, type DiscoveryKind } from './discovery-kind.ts'
import { checkDockerHost } from '../discovery/docker-settings.ts'
import { readKubernetesSelectors } from './discovery-kubernetes.ts'
import { TLS_SECTION } from '../../outbound/oauth2.ts'
import { Section } from '../../yaml/section.ts'

const REFRESH = { refresh_interval: 'duration' } as const
const PORT = { ...REFRESH, port: 'port' } as const
const FILTERS = [new Section({ fields: { name: 'text', values: 'texts' } })] as const

function mustBeUrl(...names: readonly string[]) {
  return (_: unknown, map: YamlMap): void => {
    for (const name of names) if (map.key(name).asString()) readUrl(map.key(name))
  }
}

/** Every discovery of Prometheus 3 beside `static` and `file` (discovery/install). */
export const DISCOVERY_KINDS: readonly DiscoveryKind[] = [
  ...AWS_KINDS,
  withHttp('azure', {
    fields: {
      ...PORT,
      environment: 'text',
      subscription_id: 'text',
      tenant_id: 'text',
      client_id: 'text',
      client_secret: 'secret',
      authentication_method: ['OAuth', 'ManagedIdentity', 'SDK', 'WorkloadIdentity'],
      resource_group: 'text',
    },
    required: ['subscription_id'],
    check: (settings, map) => {
      if ((settings['authentication_method'] ?? 'OAuth') !== 'OAuth') return
      for (const name of ['tenant_id', 'client_id', 'client_secret']) {
        if (map.key(name).isEmpty) map.node.error(`authentication_method OAuth needs ${name}`)
      }
    },
  }),
  withHttp('consul', {
    fields: {
      ...REFRESH,
      server: 'text',
      path_prefix: 'text',
      token: 'secret',
      datacenter: 'text',
      namespace: 'text',
      partition: 'text',
      tag_separator: 'text',
      scheme: ['http', 'https'],
      username: 'text',
      password: 'secret',
      allow_stale: 'boolean',
      services: 'texts',
      tags: 'texts',
      node_meta: 'textMap',
      filter: 'text',
      health_filter: 'text',
    },
    exclusive: [
      ['username', 'basic_auth'],
      ['password', 'basic_auth'],
      ['token', 'authorization', 'oauth2'],
    ],
    check: (settings, map) => {
      if (map.has('server') && !settings['server']) map.key('server').error('must not be empty')
    },
  }),
  withHttp('digitalocean', { fields: { ...PORT, role: ['droplets', 'databases'] } }),
  finding(
    withHttp('docker', {
      fields: {
        ...PORT,
        host: 'text',
        filters: FILTERS,
        host_networking_host: 'text',
        match_first_network: 'boolean',
      },
      required: ['host'],
      check: checkDockerHost,
    }),
  ),
  finding(
    withHttp('dockerswarm', {
      fields: { ...PORT, host: 'text', role: ['services', 'tasks', 'nodes'], filters: FILTERS },
      required: ['host', 'role'],
      check: checkDockerHost,
    }),
  ),
  finding(
    withoutHttp('dns', {
      fields: { ...PORT, names: 'texts', type: 'text' },
      check: (settings, map) => {
        const names = settings['names']
        if (map.key('names').isEmpty || (Array.isArray(names) && names.length === 0)) {
          map.node.error('names must hold at least one name')
        }
        const type = unlessEmpty(map.key('type').asString())?.toUpperCase() ?? 'SRV'
        if (!['SRV', 'A', 'AAAA', 'MX', 'NS'].includes(type)) {
          map.key('type').error(`must be one of SRV, A, AAAA, MX, NS, not ${JSON.stringify(type)}`)
        } else if (type !== 'SRV' && !settings['port']) {
          map.node.error(`records of type ${type} need a port`)
        }
      },
    }),
  ),
  withHttp('eureka', {
    fields: { ...REFRESH, server: 'text' },
    required: ['server'],
    check: mustBeUrl('server'),
  }),
  withoutHttp('gce', {
    fields: { ...PORT, project: 'text', zone: 'text', filter: 'text', tag_separator: 'text' },
    required: ['project', 'zone'],
  }),
  withHttp('hetzner', {
    fields: { ...PORT, role: ['robot', 'hcloud'], label_selector: 'text' },
    required: ['role'],
  }),
  finding(
    withHttp('http', {
      fields: { ...REFRESH, url: 'text' },
      required: ['url'],
      check: mustBeUrl('url'),
    }),
  ),
  withHttp('ionos', { fields: { ...PORT, datacenter_id: 'text' }, required: ['datacenter_id'] }),
  finding(
    withHttp('kubernetes', {
      fields: {
        api_server: 'text',
        role: ['pod', 'service', 'endpoints', 'endpointslice', 'node', 'ingress'],
        kubeconfig_file: 'path',
        namespaces: new Section({ fields: { own_namespace: 'boolean', names: 'texts' } }),
        selectors: [new Section({ fields: { role: 'text', label: 'text', field: 'text' } })],
        attach_metadata: new Section({
          fields: {
            node: 'boolean',
            namespace: 'boolean',
            deployment: 'boolean',
            job: 'boolean',
            cronjob: 'boolean',
          },
        }),
      },
      required: ['role'],
      exclusive: [['api_server', 'kubeconfig_file']],
      check: readKubernetesSelectors,
    }),
  ),
  withHttp('kuma', {
    fields: { ...REFRESH, server: 'text', fetch_timeout: 'duration', client_id: 'text' },
    required: ['server'],
    check: mustBeUrl('server'),
  }),
  withHttp('linode', { fields: { ...PORT, tag_separator: 'text', region: 'text' } }),
  withHttp('marathon', {
    fields: { ...REFRESH, servers: 'texts', auth_token: 'secret', auth_token_file: 'path' },
    required: ['servers'],
    exclusive: [
      [
        'auth_token',
        'auth_token_file',
        'basic_auth',
        'bearer_token',
        'bearer_token_file',
        'authorization',
      ],
    ],
  }),
  zookeeper('nerve'),
  zookeeper('serverset'),
  withHttp('nomad', {
    fields: {
      ...REFRESH,
      allow_stale: 'boolean',
      namespace: 'text',
      region: 'text',
      server: 'text',
      tag_separator: 'text',
    },
  }),
  withHttp('oci', {
    fields: {
      ...PORT,
      auth: ['api_key', 'instance_principal'],
      tenancy: 'text',
      user: 'text',
      fingerprint: 'text',
      key_file: 'path',
      key_passphrase: 'secret',
      key_passphrase_file: 'path',
      region: 'text',
      compartments: 'texts',
    },
    required: ['region'],
    exclusive: [['key_passphrase', 'key_passphrase_file']],
    check: (settings, map) => {
      const isApiKey = (settings['auth'] ?? 'api_key') === 'api_key'
      for (const name of ['tenancy', 'user', 'fingerprint', 'key_file']) {
        if (isApiKey && map.key(name).isEmpty) map.node.error(`auth api_key needs ${name}`)
        if (!isApiKey && !map.key(name).isEmpty) {
          map.key(name).errorAtKey('has no meaning with auth instance_principal')
        }
      }
    },
  }),
  withoutHttp('openstack', {
    fields: {
      ...PORT,
      identity_endpoint: 'text',
      username: 'text',
      userid: 'text',
      password: 'secret',
      project_name: 'text',
      project_id: 'text',
      domain_name: 'text',
      domain_id: 'text',
      application_credential_name: 'text',
      application_credential_id: 'text',
      application_credential_secret: 'secret',
      role: ['instance', 'hypervisor', 'loadbalancer'],
      region: 'text',
      all_tenants: 'boolean',
      tls_config: TLS_SECTION,
      availability: ['public', 'internal', 'admin'],
    },
    required: ['role', 'region'],
  }),
  withHttp('outscale', {
    fields: {
      ...PORT,
      endpoint: 'text',
      region: 'text',
      access_key: 'text',
      secret_key: 'secret',
      secret_key_file: 'path',
    },
    required: ['region', 'access_key'],
    exclusive: [['secret_key', 'secret_key_file']],
    needsOneOf: [['secret_key', 'secret_key_file']],
  }),
  withoutHttp('ovhcloud', {
    fields: {
      ...REFRESH,
      endpoint: 'text',
      application_key: 'text',
      application_secret: 'secret',
      consumer_key: 'secret',
      service: ['vps', 'dedicated_server'],
    },
    required: ['application_key', 'application_secret', 'consumer_key', 'service'],
  }),
  withHttp('puppetdb', {
    fields: { ...PORT, url: 'text', query: 'text', include_parameters: 'boolean' },
    required: ['url', 'query'],
    check: mustBeUrl('url'),
  }),
  withHttp('scaleway', {
    fields: {
      ...PORT,
      project_id: 'text',
      api_url: 'text',
      zone: 'text',
      access_key: 'text',
      secret_key: 'secret',
      secret_key_file: 'path',
      name_filter: 'text',
      tags_filter: 'texts',
      role: ['instance', 'baremetal'],
    },
    required: ['role', 'project_id', 'access_key'],
    exclusive: [['secret_key', 'secret_key_file']],
    needsOneOf: [['secret_key', 'secret_key_file']],
  }),
  withHttp('stackit', {
    fields: {
      ...PORT,
      project: 'text',
      region: 'text',
      endpoint: 'text',
      service_account_key: 'secret',
      private_key: 'secret',
      service_account_key_path: 'path',
      private_key_path: 'path',
      credentials_file_path: 'path',
    },
    check: mustBeUrl('endpoint'),
  }),
  withoutHttp('triton', {
    fields: {
      ...PORT,
      account: 'text',
      role: ['container', 'cn'],
      dns_suffix: 'text',
      endpoint: 'text',
      groups: 'texts',
      tls_config: TLS_SECTION,
      version: 'integer',
    },
    required: ['account', 'dns_suffix', 'endpoint'],
  }),
  withHttp('uyuni', {
    fields: {
      ...REFRESH,
      server: 'text',
      username: 'text',
      password: 'secret',
      entitlement: 'text',
      separator: 'text',
    },
    required: ['server', 'username', 'password'],
  }),
  withHttp('vultr', { fields: PORT }),
]

function zookeeper(name: string): DiscoveryKind {
  return withoutHttp(name, {
    fields: { servers: 'texts', paths: 'texts', timeout: 'duration' },
    required: ['servers', 'paths'],
    check: (_, map) => {
      for (const item of map.key('paths').asList() ?? []) {
        if (item.asString()?.startsWith('/') === false) item.error('must begin with /')
      }
    },
  })
}
