import { describe, expect, it } from 'vitest'
import { hostsOf, lookupHost } from './lookup-host.ts'

describe('a host', () => {
  it.each([
    ['127.0.0.1 localhost\n::1 localhost ip6-localhost\n', 'localhost', ['127.0.0.1', '::1']],
    ['10.0.0.1\tDB.example.org db # the database\n', 'db.example.org.', ['10.0.0.1']],
    ['#10.0.0.1 db\nnonsense db\n', 'db', []],
  ])('is looked up in %j', (text, host, addresses) => {
    expect(hostsOf(text, host)).toEqual(addresses)
  })

  it('that is an address is that address', async () => {
    const { signal } = new AbortController()
    expect(await lookupHost('192.0.2.1', signal)).toEqual(['192.0.2.1'])
    expect(await lookupHost('2001:db8::1', signal)).toEqual(['2001:db8::1'])
  })

  it('is no longer looked up when nobody waits any more', async () => {
    await expect(lookupHost('slow.invalid', AbortSignal.abort())).rejects.toThrow('aborted')
  })
})
