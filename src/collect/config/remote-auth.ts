import { Section } from '../../yaml/section.ts'

/** `sigv4:`, requests signed for Amazon's cloud. */
export const SIGV4_SECTION = new Section({
  fields: {
    region: 'text',
    access_key: 'text',
    secret_key: 'secret',
    profile: 'text',
    role_arn: 'text',
    external_id: 'text',
    use_fips_sts_endpoint: 'boolean',
    service_name: 'text',
  },
  check: (_, map) => {
    if (map.key('access_key').isEmpty !== map.key('secret_key').isEmpty) {
      map.node.error('access_key and secret_key must be set together')
    }
  },
})

/** `azuread:` of a remote write. */
export const AZUREAD_SECTION = new Section({
  fields: {
    cloud: ['AzurePublic', 'AzureChina', 'AzureGovernment'],
    scope: 'text',
    managed_identity: new Section({ fields: { client_id: 'text' } }),
    workload_identity: new Section({
      fields: { client_id: 'text', tenant_id: 'text', token_file_path: 'path' },
      required: ['client_id', 'tenant_id'],
    }),
    oauth: new Section({
      fields: { client_id: 'text', client_secret: 'secret', tenant_id: 'text' },
      required: ['client_id', 'client_secret', 'tenant_id'],
    }),
    sdk: new Section({ fields: { tenant_id: 'text' } }),
    certificate: new Section({
      fields: {
        client_id: 'text',
        tenant_id: 'text',
        certificate_path: 'path',
        certificate_key_path: 'path',
        certificate_password: 'secret',
        send_certificate_chain: 'boolean',
      },
      required: ['client_id', 'tenant_id', 'certificate_path'],
    }),
  },
  exclusive: [['managed_identity', 'workload_identity', 'oauth', 'sdk', 'certificate']],
  needsOneOf: [['managed_identity', 'workload_identity', 'oauth', 'sdk', 'certificate']],
})

/** `google_iam:` of a remote write. */
export const GOOGLE_IAM_SECTION = new Section({ fields: { credentials_file: 'path' } })
