import { changeEach, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

/** Links of a panel with an address (version 19) and the newer names of built-in variables (versions 20 and 21). */
export function migratePanelLinks(links: unknown): JsonObject[] {
  return changeEach(links, (link) => {
    const { dashboard, dashUri, keepTime, includeVars, params, type: _type, url, ...rest } = link
    let address = textOf(url) ?? ''
    if (address === '' && textOf(dashboard))
      address = `dashboard/db/${slugOf(textOf(dashboard) ?? '')}`
    if (address === '' && textOf(dashUri)) address = `dashboard/${textOf(dashUri)}`
    if (address === '') address = '/'
    if (keepTime === true) address = withQuery(address, '$__url_time_range')
    if (includeVars === true) address = withQuery(address, '$__all_variables')
    if (textOf(params)) address = withQuery(address, textOf(params) ?? '')
    return { ...rest, url: newerNames(address) }
  })
}

/** Data links (of fields, and of the old graph). */
export function migrateDataLinks(links: unknown): JsonObject[] {
  return changeEach(links, (link) => ({ ...link, url: newerNames(textOf(link['url']) ?? '') }))
}

function withQuery(url: string, query: string): string {
  if (query === '') return url
  return `${url}${url.includes('?') ? (url.endsWith('?') ? '' : '&') : '?'}${query}`
}

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9_ -]/g, '')
    .trim()
    .replaceAll(/ +/g, '-')
}

const NEWER: Readonly<Record<string, string>> = {
  $__series_name: '${__series.name}',
  __series_name: '__series.name',
  $__field_name: '${__field.name}',
  __field_name: '__field.name',
  __value_time: '__value.time',
  '__series.labels': '__field.labels',
}

/** The built-in variables of links under the names they have now. */
export function newerNames(text: string): string {
  return text.replaceAll(
    /\$__series_name|__series_name|\$__field_name|__field_name|__value_time|__series\.labels/g,
    (name) => NEWER[name] ?? name,
  )
}
