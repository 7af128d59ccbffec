import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { folderTarget } from './folder-target.ts'
import { s3Target } from './s3-target.ts'
import type { BackupTarget } from './target.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Opens where backups lie: a folder, or `s3://BUCKET/PREFIX` with the keys, the region and the address in the environment
 * (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`), as every tool for S3 reads
 * them. Throws a `Problem`.
 */
export function openTarget(written: string, env: Environment): BackupTarget {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(written)
  if (found === null) {
    if (/^[a-z0-9]+:\/\//i.test(written)) {
      throw new Problem('bad_data', `${written}: backups go to a folder, or to s3://BUCKET/PREFIX`)
    }
    return folderTarget(path.resolve(written))
  }
  const [, bucket = '', prefix = ''] = found
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? ''
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? ''
  if (accessKeyId === '' || secretAccessKey === '') {
    throw new Problem(
      'bad_data',
      `${written}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment`,
    )
  }
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  const endpoint = env['AWS_ENDPOINT_URL'] ?? `https://s3.${region}.amazonaws.com`
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new Problem('bad_data', `AWS_ENDPOINT_URL: ${endpoint} is no URL of HTTP`)
  }
  const session = env['AWS_SESSION_TOKEN'] ?? ''
  return s3Target({
    ...{ endpoint, region, bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') },
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(session === '' ? {} : { sessionToken: session }),
    },
  })
}
