import type { Credentials } from 'aws4'
import { unlessEmpty } from '../../yaml/context.ts'
import { SendFault } from './send-fault.ts'
import type { SnsSettings } from './sns-settings.ts'

/** Keys and region: of `sigv4`, else of the environment, under the names that all tools for AWS read. */
export function awsCredentials(
  sigv4: SnsSettings['sigv4'],
  env: Readonly<Record<string, string | undefined>>,
): { readonly credentials: Credentials; readonly region: string | undefined } {
  for (const key of ['roleArn', 'profile'] as const) {
    if (sigv4 === undefined || sigv4[key] === '') continue
    const name = key === 'roleArn' ? 'role_arn' : key
    throw new SendFault(
      `sigv4: ${name} is not supported: set access_key and secret_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment`,
    )
  }
  const region =
    unlessEmpty(sigv4?.region) ??
    unlessEmpty(env['AWS_REGION']) ??
    unlessEmpty(env['AWS_DEFAULT_REGION'])
  if (sigv4?.secretKey !== undefined && sigv4.accessKey !== '') {
    const credentials = {
      accessKeyId: sigv4.accessKey,
      secretAccessKey: sigv4.secretKey.reveal(),
    }
    return { credentials, region }
  }
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? ''
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? ''
  if (accessKeyId === '' || secretAccessKey === '') {
    throw new SendFault(
      'no keys for AWS: set sigv4: access_key and secret_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
    )
  }
  const sessionToken = env['AWS_SESSION_TOKEN']
  const session = sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }
  return { credentials: { accessKeyId, secretAccessKey, ...session }, region }
}
