import { flagOf, listOf, numberOf, objectOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { replacePanel } from './panel-migration.ts'

/** Text whose `mode` and `content` stood in the panel itself; plain text is Markdown now. */
export function textFromAngular(panel: JsonObject): JsonObject {
  const options = objectOf(panel['options'])
  const content = textOf(options['content']) ?? textOf(panel['content']) ?? ''
  const mode = textOf(options['mode']) ?? textOf(panel['mode']) ?? 'markdown'
  const { angular: _angular, ...rest } = options
  return replacePanel(panel, ['content', 'mode', 'style'], {
    type: 'text',
    options: { ...rest, content, mode: mode === 'html' || mode === 'code' ? mode : 'markdown' },
    fieldConfig: objectOf(panel['fieldConfig']),
  })
}

const DASHLIST_KEYS = [
  ...['starred', 'recent', 'search', 'headings', 'limit', 'query', 'folderId', 'tags', 'mode'],
]

/** The list of dashboards whose options stood in the panel itself. */
export function dashlistFromAngular(panel: JsonObject): JsonObject {
  if (Object.keys(objectOf(panel['options'])).length > 0) return panel
  if (!DASHLIST_KEYS.some((key) => key in panel)) return panel
  const options = present({
    showStarred: flagOf(panel['starred']) ?? panel['mode'] === 'starred',
    showRecentlyViewed: flagOf(panel['recent']) ?? false,
    showSearch: flagOf(panel['search']) ?? panel['mode'] === 'search',
    showHeadings: flagOf(panel['headings']) ?? true,
    maxItems: numberOf(panel['limit']) ?? 10,
    query: textOf(panel['query']) ?? '',
    folderId: numberOf(panel['folderId']),
    tags: listOf(panel['tags']),
  })
  return replacePanel(panel, DASHLIST_KEYS, {
    type: 'dashlist',
    options,
    fieldConfig: objectOf(panel['fieldConfig']),
  })
}
