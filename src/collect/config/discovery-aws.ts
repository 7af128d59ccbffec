import { withHttp, type DiscoveryKind } from './discovery-kind.ts'
import { Section, type FieldType, type SectionSpec } from '../../yaml/section.ts'

const COMMON: SectionSpec['fields'] = {
  region: 'text',
  endpoint: 'text',
  access_key: 'text',
  secret_key: 'secret',
  profile: 'text',
  role_arn: 'text',
  external_id: 'text',
  port: 'port',
  refresh_interval: 'duration',
}

const CLUSTERS = { clusters: 'texts', request_concurrency: 'integer' } as const

const FILTERS: { readonly filters: FieldType } = {
  filters: [
    new Section({
      fields: { name: 'text', values: 'texts' },
      check: (settings, map) => {
        const { values } = settings
        if (!Array.isArray(values) || values.length === 0)
          map.node.error('values must not be empty')
      },
    }),
  ],
}

const ROLES = ['ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds']

/** The discoveries of Amazon's cloud, by service, and `aws`, which names the service in `role`. */
export const AWS_KINDS: readonly DiscoveryKind[] = [
  withHttp('aws', {
    fields: { ...COMMON, ...FILTERS, clusters: 'texts', role: ROLES },
    required: ['role'],
  }),
  withHttp('ec2', { fields: { ...COMMON, ...FILTERS } }),
  withHttp('ecs', { fields: { ...COMMON, ...CLUSTERS } }),
  withHttp('elasticache', { fields: { ...COMMON, ...CLUSTERS } }),
  withHttp('lightsail', { fields: COMMON }),
  withHttp('msk', { fields: { ...COMMON, ...CLUSTERS } }),
  withHttp('rds', { fields: { ...COMMON, ...CLUSTERS, ...FILTERS } }),
]
