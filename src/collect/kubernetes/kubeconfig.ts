import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'
import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../../outbound/http-client.ts'
import { NO_PROXY } from '../../outbound/proxy-config.ts'
import type { TlsConfig } from '../../outbound/tls.ts'
import { unlessEmpty } from '../../yaml/context.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { Secret } from '../../yaml/secret.ts'
import type { ApiAccess } from './api-access.ts'

const MAX_BYTES = 4 * 1024 * 1024

/**
 * The access of a kubeconfig's current context (client-go, tools/clientcmd). Keys that say nothing of access are left alone, as kubectl
 * does. Rejects with a `Problem` that names file and line; logins by a program (`exec`) or a plugin (`auth-provider`) are refused.
 */
export async function readKubeconfig(file: string): Promise<ApiAccess> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new Problem('unavailable', `${file}: cannot be read: ${messageOf(thrown)}`)
  })
  if (text.length > MAX_BYTES) throw new Problem('limit', `${file}: is too large for a kubeconfig`)
  const faults = new FaultList()
  const map = parseYaml(text, { faults, file })?.asMap()
  const access = map && readContext(map, path.dirname(path.resolve(file)))
  const fault = faults.items.find(({ severity }) => severity === 'error')
  if (fault !== undefined) throw new Problem('bad_data', formatFault(fault))
  if (access === undefined) throw new Problem('bad_data', `${file}: names no server`)
  return access
}

function readContext(map: YamlMap, folder: string): ApiAccess | undefined {
  const current = map.key('current-context')
  const name = current.asString() ?? ''
  if (name === '') return current.error('must name the context that is meant')
  const context = findNamed(map.key('contexts'), name, 'context', current)
  if (context === undefined) return undefined
  const clusterName = context.key('cluster')
  const cluster = findNamed(
    map.key('clusters'),
    clusterName.asString() ?? '',
    'cluster',
    clusterName,
  )
  if (cluster === undefined) return undefined
  const userName = context.key('user')
  const wanted = userName.asString() ?? ''
  const user = wanted === '' ? undefined : findNamed(map.key('users'), wanted, 'user', userName)
  const server = cluster.key('server')
  const url = server.asString() ?? ''
  if (!URL.canParse(url)) return server.error('must be a URL such as https://10.0.0.1:6443')
  const namespace = unlessEmpty(context.key('namespace').asString())
  return { server: url, http: readHttp(cluster, user, folder), namespace }
}

/** The mapping under `kind` of the item with the name. */
function findNamed(
  list: YamlNode,
  name: string,
  kind: string,
  asked: YamlNode,
): YamlMap | undefined {
  for (const item of list.asList() ?? []) {
    const map = item.asMap()
    if (map?.key('name').asString() === name) return map.key(kind).asMap()
  }
  return asked.error(`there is no ${kind} with the name ${JSON.stringify(name)}`)
}

function readHttp(cluster: YamlMap, user: YamlMap | undefined, folder: string): HttpClientConfig {
  const proxy = cluster.key('proxy-url').asString()
  return {
    ...PLAIN_HTTP_CLIENT,
    ...(user === undefined ? {} : readLogin(user, folder)),
    tls: readTls(cluster, user, folder),
    proxy: proxy ? { ...NO_PROXY, url: new Secret(proxy) } : NO_PROXY,
  }
}

function readLogin(
  user: YamlMap,
  folder: string,
): Pick<HttpClientConfig, 'authorization' | 'basicAuth'> {
  for (const kind of ['exec', 'auth-provider']) {
    if (!user.key(kind).isEmpty) {
      user
        .key(kind)
        .errorAtKey(
          'programs and plugins that log in are not run: give token, tokenFile or client-certificate, such as those of a service account',
        )
    }
  }
  const token = user.key('token').asSecret()
  const tokenFile = readFilePath(user, 'tokenFile', folder)
  const username = user.key('username').asString()
  const password = user.key('password').asSecret()
  const hasToken = tokenFile !== undefined || (token !== undefined && token.reveal() !== '')
  return {
    authorization: hasToken
      ? {
          type: 'Bearer',
          credentials: tokenFile === undefined ? token : undefined,
          credentialsFile: tokenFile,
        }
      : undefined,
    basicAuth:
      !hasToken && username
        ? { username, usernameFile: undefined, password, passwordFile: undefined }
        : undefined,
  }
}

function readTls(cluster: YamlMap, user: YamlMap | undefined, folder: string): TlsConfig {
  const key = user && decode(user, 'client-key-data')
  return {
    ca: decode(cluster, 'certificate-authority-data'),
    caFile: readFilePath(cluster, 'certificate-authority', folder),
    cert: user && decode(user, 'client-certificate-data'),
    certFile: user && readFilePath(user, 'client-certificate', folder),
    key: key === undefined ? undefined : new Secret(key),
    keyFile: user && readFilePath(user, 'client-key', folder),
    serverName: unlessEmpty(cluster.key('tls-server-name').asString()),
    insecureSkipVerify: cluster.key('insecure-skip-tls-verify').asBool() ?? false,
    minVersion: undefined,
    maxVersion: undefined,
  }
}

/** Relative paths start at the folder of the kubeconfig; what stands in it as data goes before a file. */
function readFilePath(map: YamlMap, name: string, folder: string): string | undefined {
  const written = map.key(name).asString()
  if (!written || !map.key(`${name}-data`).isEmpty) return undefined
  return path.resolve(folder, written)
}

function decode(map: YamlMap, name: string): string | undefined {
  const text = map.key(name).asSecret()?.reveal()
  return text ? Buffer.from(text, 'base64').toString('utf8') : undefined
}
