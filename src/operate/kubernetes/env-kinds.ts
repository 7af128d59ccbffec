import { isIP } from 'node:net'
import { parseQuantity } from '../../collect/kube-state/quantity.ts'
import { parseDurationMs } from '../../model/duration.ts'
import { compileSearch } from '../../model/regex.ts'
import { parseBytes } from '../../yaml/bytes.ts'

/** What a value of an env file must be; `describeKind` says it to people. */
export type EnvKind =
  | 'text'
  | 'name'
  | 'domain'
  | 'volume'
  | 'cores'
  | 'bytes'
  | 'duration'
  | 'switch'
  | 'networks'
  | 'email'
  | 'port'
  | 'image'
  | 'pattern'
  | 'url'
  | 'count'

/** What the server asks for; it may not be limited to less. */
export const LEAST_CORES = 0.1

const MIN_BUDGET_BYTES = 256 * 1024 * 1024
const MIN_VOLUME_BYTES = 64 * 1024 * 1024

/** What is allowed, for errors and for the documentation. */
export function describeKind(kind: EnvKind): string {
  switch (kind) {
    case 'text':
      return 'a text without line breaks'
    case 'name':
      return 'a name of Kubernetes: small letters, digits and -, at most 63 of them'
    case 'domain':
      return 'a domain such as example.org'
    case 'volume':
      return 'a size of Kubernetes from 64Mi on, such as 35Gi'
    case 'cores':
      return 'a number of cores from 100m on, such as 1 or 1500m'
    case 'bytes':
      return 'a size from 256MiB on, such as 450MiB'
    case 'duration':
      return 'a duration such as 15d or 36h'
    case 'switch':
      return 'true or false'
    case 'networks':
      return 'networks by comma, such as 10.0.0.0/8,fd00::/8'
    case 'email':
      return 'an e-mail address'
    case 'port':
      return 'a port from 1024 to 65535'
    case 'image':
      return 'an image such as registry.example.org/vedette:0.1.0'
    case 'pattern':
      return 'a regular expression of RE2'
    case 'url':
      return 'a URL such as http://clickhouse:8123, without a password'
    case 'count':
      return 'a number from 1 to 16'
    default:
      return kind satisfies never
  }
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Whether a value that is not empty is what it must be. */
export function isOfKind(kind: EnvKind, value: string): boolean {
  switch (kind) {
    case 'text':
      return isOneLine(value)
    case 'name':
      return NAME.test(value)
    case 'domain':
      return isDomain(value)
    case 'volume':
      return isWithin(parseQuantity(value), MIN_VOLUME_BYTES, Number.MAX_SAFE_INTEGER / 8)
    case 'cores':
      return isWithin(parseQuantity(value), LEAST_CORES, 1024)
    case 'bytes':
      return (parseBytes(value) ?? 0) >= MIN_BUDGET_BYTES
    case 'duration':
      return (parseDurationMs(value) ?? 0) > 0
    case 'switch':
      return value === 'true' || value === 'false'
    case 'networks':
      return listOf(value).every(isNetwork)
    case 'email':
      return /^[^\s@"<>]+@[^\s@"<>]+$/.test(value)
    case 'port':
      return /^\d{4,5}$/.test(value) && Number(value) >= 1024 && Number(value) <= 65_535
    case 'image':
      return /^[a-z0-9][a-zA-Z0-9._:/@-]{0,255}$/.test(value)
    case 'url':
      return isBareUrl(value)
    case 'count':
      return /^\d{1,2}$/.test(value) && isWithin(Number(value), 1, 16)
    case 'pattern':
      return isOneLine(value) && isPattern(value)
    default:
      return kind satisfies never
  }
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most
}

function isOneLine(value: string): boolean {
  return value.length <= 1000 && !/\p{Cc}/u.test(value)
}

function isPattern(source: string): boolean {
  try {
    compileSearch(source)
    return true
  } catch {
    return false
  }
}

function isBareUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s"'<>${}]+$/.test(value)) return false
  const url = URL.canParse(value) ? new URL(value) : undefined
  return url !== undefined && url.username === '' && url.password === ''
}

function isDomain(value: string): boolean {
  return value.length <= 253 && value.split('.').every((label) => NAME.test(label))
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
}

/** The items of a list by comma. */
export function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
