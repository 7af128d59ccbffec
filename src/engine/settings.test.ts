import { describe, expect, it } from 'vitest'
import { parametersOf } from './params.ts'
import {
  cpuHasAvx2,
  deriveCaps,
  quoteName,
  quoteString,
  renderConfigFile,
  renderSet,
  sessionSettings,
  settingsOf,
} from './settings.ts'

const mebibyte = 1024 * 1024

describe('caps', () => {
  it('grow with the budget and never fall below what a query needs', () => {
    for (const megabytes of [0, 100, 256, 512, 4096]) {
      const caps = deriveCaps(megabytes * mebibyte)
      expect(caps.serverMemoryBytes).toBe(Math.max(192, megabytes - 64) * mebibyte)
      expect(caps.queryMemoryBytes).toBeLessThan(caps.serverMemoryBytes)
      expect(caps.queryThreads).toBeGreaterThanOrEqual(2)
    }
  })

  it('stand in the configuration file', () => {
    const file = renderConfigFile(deriveCaps(256 * mebibyte), 1000)
    expect(file).toContain('<max_server_memory_usage>201326592</max_server_memory_usage>')
    expect(file).toContain('<memory_worker_use_cgroup>0</memory_worker_use_cgroup>')
    expect(file).toContain('<memory_worker_dynamic_hard_limit>0</memory_worker_dynamic_hard_limit>')
    expect(file).toContain('<uncompressed_cache_size>0</uncompressed_cache_size>')
    expect(file).toContain(
      '<min_free_disk_bytes_to_perform_insert>500</min_free_disk_bytes_to_perform_insert>',
    )
  })

  it('switch simdjson off on processors without AVX2', () => {
    const caps = deriveCaps(0)
    expect(sessionSettings(caps, false).get('allow_simdjson')).toBe('0')
    expect(sessionSettings(caps, true).has('allow_simdjson')).toBe(false)
    expect(cpuHasAvx2('arm64')).toBe(true)
  })
})

describe('texts for SQL', () => {
  it('are quoted', () => {
    expect(quoteString("a'b\\c\0")).toBe("'a\\'b\\\\c\\0'")
    expect(quoteName('a`b\\c')).toBe('`a\\`b\\\\c`')
    expect(renderSet(new Map([['a', "1', b = '2"]]))).toBe("SET a = '1\\', b = \\'2'")
  })
})

describe('URL parameters', () => {
  it('are settings unless they belong to the interface', () => {
    const parameters = new URLSearchParams(
      'query=x&query_id=1&max_threads=2&param_a=3&enable_http_compression=1',
    )
    expect([...settingsOf(parameters)]).toEqual([['max_threads', '2']])
    expect([...parametersOf(parameters)]).toEqual([['param_a', '3']])
  })

  it.each(['a b', 'A', "a'", 'a;b', '', 'ü'])('%j is not the name of a setting', (name) => {
    expect(() => settingsOf(new URLSearchParams([[name, '1']]))).toThrow(
      'is not the name of a setting',
    )
  })

  it.each(['param_', 'param_a b', "param_a'"])('%j is not the name of a parameter', (name) => {
    expect(() => parametersOf(new URLSearchParams([[name, '1']]))).toThrow(
      'is not the name of a parameter',
    )
  })
})
