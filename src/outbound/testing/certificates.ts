import { execFileSync } from 'node:child_process'
import path from 'node:path'

/** True when certificates can be made; says so when they cannot. */
export function hasOpenssl(): boolean {
  try {
    if (/^OpenSSL [3-9]/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' })))
      return true
  } catch {
    // Missing is as good as too old.
  }
  console.log('notice: there is no openssl 3, so the tests with certificates are skipped')
  return false
}

/** Files of a certificate in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate authority in a folder. */
export function createAuthority(folder: string, name: string): Certificate {
  const files = { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  openssl(
    'req',
    '-x509',
    '-new',
    ...NEW_KEY,
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  )
  return files
}

/** Makes a certificate that the authority has signed, valid for the names given (`DNS:…`, `IP:…`). */
export function createCertificate(
  folder: string,
  name: string,
  authority: Certificate,
  names: string,
): Certificate {
  const files = { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  const by = ['-CA', authority.cert, '-CAkey', authority.key]
  const extension = [
    '-addext',
    `subjectAltName=${names}`,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ]
  openssl(
    'req',
    '-x509',
    '-new',
    ...NEW_KEY,
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    ...by,
    ...extension,
  )
  return files
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
