import { createHash, randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import aws4 from 'aws4'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { S3Server } from '../../../test/house/s3-server.ts'
import { folderTarget } from './folder-target.ts'
import { outdated, parseKeep } from './keep.ts'
import { BACKUP_FORMAT, type Manifest } from './manifest.ts'
import { openTarget } from './open-target.ts'
import { packFiles, unpackFiles } from './pack.ts'
import { Repository } from './repository.ts'
import { s3Target } from './s3-target.ts'
import { noSeal, sealWith } from './seal.ts'
import { readWhole, type BackupTarget } from './target.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-backup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const MIB = 1024 * 1024
const PASSPHRASE = 'correct horse battery staple'

/** In chunks of odd sizes, as files and sockets give them. */
async function* inChunks(bytes: Buffer, size = 70_001): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const whole = (body: AsyncIterable<Uint8Array>): Promise<Buffer> => readWhole(body, 100 * MIB)

function write(name: string, content: string | Buffer): void {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
}

describe('a seal', () => {
  it.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])(
    'opens to what was sealed: %i bytes',
    async (size) => {
      const seal = await sealWith(PASSPHRASE)
      const content = randomBytes(size)
      const sealed = await whole(seal.seal(inChunks(content)))
      expect(sealed.length).toBe(seal.sealedSize(size))
      expect((await whole(seal.open(inChunks(sealed)))).equals(content)).toBe(true)
      expect(size > 16 && sealed.includes(content.subarray(0, 16))).toBe(false)
    },
  )

  it('does not open when a byte was changed, frames were cut off, left out or exchanged', async () => {
    const seal = await sealWith(PASSPHRASE)
    const content = randomBytes(2 * MIB + 5)
    const sealed = await whole(seal.seal(inChunks(content)))
    const frame = MIB + 16
    const [nonce, first, second, last] = [
      sealed.subarray(0, 12),
      sealed.subarray(12, 12 + frame),
      sealed.subarray(12 + frame, 12 + 2 * frame),
      sealed.subarray(12 + 2 * frame),
    ]
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(100) ^ 1, 100)
    for (const bad of [
      changed,
      sealed.subarray(0, 12 + frame),
      Buffer.concat([nonce, first, last]),
      Buffer.concat([nonce, second, first, last]),
      sealed.subarray(0, -1),
      Buffer.concat([sealed, Buffer.from('x')]),
    ]) {
      await expect(whole(seal.open(inChunks(bad)))).rejects.toThrow(/changed or cut off/)
    }
  })

  it('knows a wrong passphrase at once', async () => {
    const { header } = await sealWith(PASSPHRASE)
    await expect(sealWith('another passphrase', header)).rejects.toThrow(/not the one/)
    const again = await sealWith(PASSPHRASE, header)
    expect(again.idOf('x')).toBe((await sealWith(PASSPHRASE, header)).idOf('x'))
    expect(again.idOf('x')).not.toBe(noSeal().idOf('x'))
  })
})

describe('a pack', () => {
  it('holds files with their permissions', async () => {
    write('in/a.bin', randomBytes(2 * MIB))
    write('in/deep/b', '')
    write('in/deep/c', 'text')
    const pack = await packFiles(path.join(folder, 'in'), ['a.bin', 'deep/b', 'deep/c'])
    const bytes = await whole(pack.body)
    expect(bytes.length).toBe(pack.sizeBytes)
    await unpackFiles(inChunks(bytes, 999), path.join(folder, 'out'))
    for (const name of ['a.bin', 'deep/b', 'deep/c']) {
      const [before, after] = ['in', 'out'].map((each) =>
        readFileSync(path.join(folder, each, name)),
      )
      expect(after?.equals(before ?? Buffer.alloc(1))).toBe(true)
    }
  })

  it('that is cut off, too long, or leads out of its folder is refused', async () => {
    write('in/a', 'content')
    const bytes = await whole((await packFiles(path.join(folder, 'in'), ['a'])).body)
    const out = path.join(folder, 'out')
    await expect(unpackFiles(inChunks(bytes.subarray(0, -1)), out)).rejects.toThrow(
      /ends too early/,
    )
    await expect(
      unpackFiles(inChunks(Buffer.concat([bytes, Buffer.from('x')])), out),
    ).rejects.toThrow(/more in it/)
    const evil = Buffer.from(JSON.stringify({ files: [{ name: '../evil', size: 0, mode: 0o644 }] }))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(evil.length)
    await expect(unpackFiles(inChunks(Buffer.concat([length, evil])), out)).rejects.toThrow(
      /leads out/,
    )
    expect(readdirSync(folder)).not.toContain('evil')
  })
})

const manifest = (id: string, objects: Manifest['folders']): Manifest => ({
  ...{ format: BACKUP_FORMAT, id, timeMs: 0, version: '0', schemaVersion: 0, tables: [] },
  folders: objects,
})

/** Everything that a repository promises, over any target. */
async function tryRepository(target: BackupTarget, passphrase: string | undefined): Promise<void> {
  const repository = await Repository.open(target, { passphrase, create: true })
  write('in/a', randomBytes(3 * MIB))
  write('in/b', 'second')
  const pack = (name: string) => packFiles(path.join(folder, 'in'), [name])
  const [idA, idB] = [repository.idOf('a'), repository.idOf('b')]
  const a = await repository.put(idA, await pack('a'))
  const b = await repository.put(idB, await pack('b'))
  expect(await repository.has(idA, a.sizeBytes)).toBe(true)
  expect(await repository.has(idA, a.sizeBytes + 1)).toBe(false)
  await repository.putManifest(manifest('20260101T000000Z', [{ place: 'data', object: a }]))
  await repository.putManifest(
    manifest('20260102T000000Z', [
      { place: 'data', object: a },
      { place: 'config', object: b },
    ]),
  )
  const opened = await Repository.open(target, { passphrase, create: false })
  expect(await opened.ids()).toEqual(['20260101T000000Z', '20260102T000000Z'])
  expect((await opened.manifest()).folders).toHaveLength(2)
  await unpackFiles(opened.read(a), path.join(folder, 'out'))
  expect(
    createHash('md5')
      .update(readFileSync(path.join(folder, 'out/a')))
      .digest('hex'),
  ).toBe(
    createHash('md5')
      .update(readFileSync(path.join(folder, 'in/a')))
      .digest('hex'),
  )
  // What the first one shares with the second stays.
  expect(await opened.remove(['20260102T000000Z'])).toBe(1)
  expect(await opened.has(idA, a.sizeBytes)).toBe(true)
  expect(await opened.has(idB, b.sizeBytes)).toBe(false)
  await expect(opened.manifest('20260102T000000Z')).rejects.toThrow(
    /there is no backup 20260102T000000Z/,
  )
  await repository.close()
}

describe('a repository', () => {
  it.each([undefined, PASSPHRASE])('in a folder, with the passphrase %s', async (passphrase) => {
    await tryRepository(folderTarget(path.join(folder, 'target')), passphrase)
  })

  it('is not opened without its passphrase, nor with one that it does not have', async () => {
    const target = folderTarget(path.join(folder, 'target'))
    const open = (passphrase: string | undefined) =>
      Repository.open(target, { passphrase, create: false })
    await expect(open(undefined)).rejects.toThrow(/there are no backups in/)
    await Repository.open(target, { passphrase: PASSPHRASE, create: true })
    await expect(open(undefined)).rejects.toThrow(/are encrypted/)
    await expect(open('something else')).rejects.toThrow(/not the one/)
  })

  it('says which object or list was changed', async () => {
    const place = path.join(folder, 'target')
    const repository = await Repository.open(folderTarget(place), {
      passphrase: undefined,
      create: true,
    })
    write('in/a', 'content')
    const a = await repository.put('ab12', await packFiles(path.join(folder, 'in'), ['a']))
    await repository.putManifest(manifest('20260101T000000Z', [{ place: 'data', object: a }]))
    const object = path.join(place, 'objects/ab/ab12')
    const bytes = readFileSync(object)
    writeFileSync(object, Buffer.concat([bytes.subarray(0, -1), Buffer.from('X')]))
    await expect(whole(repository.read(a))).rejects.toThrow(/the object ab12 was changed/)
    truncateSync(path.join(place, 'backups/20260101T000000Z.json'), 90)
    await expect(repository.manifest()).rejects.toThrow(
      /its list of contents was changed or cut off/,
    )
  })

  it('refuses what a newer program made', async () => {
    const place = path.join(folder, 'target')
    const repository = await Repository.open(folderTarget(place), {
      passphrase: undefined,
      create: true,
    })
    await repository.putManifest({ ...manifest('20260101T000000Z', []), format: 9, version: '7.1' })
    await expect(repository.manifest()).rejects.toThrow(/made by Vedette 7\.1, which is newer/)
    writeFileSync(path.join(place, 'vedette-backups.json'), '{"format": 9}')
    await expect(
      Repository.open(folderTarget(place), { passphrase: undefined, create: false }),
    ).rejects.toThrow(/newer Vedette/)
  })
})

describe('S3', () => {
  it('holds a repository', async () => {
    const { bucket, endpoint } = await openBucket()
    const settings = {
      endpoint,
      region: 'eu-west-1',
      bucket: 'b',
      prefix: 'host 1',
      credentials: CREDENTIALS,
    }
    await tryRepository(s3Target(settings), PASSPHRASE)
    expect([...bucket.objects.keys()].every((key) => key.startsWith('host 1/'))).toBe(true)
  })

  it('that refuses says why, without the keys', async () => {
    const { endpoint } = await openBucket()
    const credentials = { ...CREDENTIALS, secretAccessKey: 'wrong-secret' }
    const target = s3Target({ endpoint, region: 'eu-west-1', bucket: 'b', prefix: '', credentials })
    const failed = await Repository.open(target, { passphrase: undefined, create: true }).catch(
      String,
    )
    expect(failed).toMatch(/403/)
    expect(failed).not.toContain('wrong-secret')
    await target.close()
  })

  it('is named by a URL, with its keys in the environment', () => {
    expect(() => openTarget('s3://bucket/x', {})).toThrow(/set AWS_ACCESS_KEY_ID/)
    expect(() => openTarget('gs://bucket', {})).toThrow(/a folder, or to s3:/)
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    expect(openTarget('s3://bucket/a/b/', env).name).toBe('s3://bucket/a/b')
  })
})

describe('old backups', () => {
  const ids = ['20260101T000000Z', '20260110T000000Z', '20260120T000000Z']
  const now = Date.UTC(2026, 0, 21)
  it.each([
    ['2', ['20260101T000000Z']],
    ['5', []],
    ['12d', ['20260101T000000Z']],
    ['1h', ['20260101T000000Z', '20260110T000000Z']],
  ])('keeping %s', (text, gone) => {
    const keep = parseKeep(text)
    expect(keep && outdated(ids, keep, now)).toEqual(gone)
  })

  it.each(['0', '-1', 'x', ''])('%j is no number and no age', (text) =>
    expect(parseKeep(text)).toBeUndefined(),
  )
})

const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'the-secret' }

/** A bucket that proves signatures as S3 does: by signing the request again. */
async function openBucket(): Promise<{ bucket: S3Server; endpoint: string }> {
  const bucket = new S3Server(isSigned)
  bucket.pageSize = 2
  const endpoint = await bucket.listen()
  onTestFinished(() => bucket.close())
  return { bucket, endpoint }
}

function isSigned({ method = '', url = '', headers }: IncomingMessage): boolean {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []
  const own = Object.fromEntries(names.map((name) => [name, String(headers[name])]))
  const again = aws4.sign(
    {
      method,
      path: url,
      host: String(headers.host),
      service: 's3',
      region: 'eu-west-1',
      headers: own,
    },
    CREDENTIALS,
  )
  return again.headers['Authorization'] === headers.authorization
}
