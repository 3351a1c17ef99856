import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { afterEach, expect, test } from 'vitest'
import { chinese } from '#shared/chinese/all.ts'
import { components } from '#shared/chinese/components.ts'
import { data } from '#shared/chinese/data.ts'
import { evaluation } from '#shared/chinese/evaluation.ts'
import { first } from '#shared/chinese/first.ts'
import { pages } from '#shared/chinese/pages.ts'
import { people } from '#shared/chinese/people.ts'
import { rooms } from '#shared/chinese/rooms.ts'
import { runs } from '#shared/chinese/runs.ts'
import { service } from '#shared/chinese/service.ts'
import { shared } from '#shared/chinese/shared.ts'
import { specs } from '#shared/chinese/specs.ts'
import { formatAgo, formatSpan } from '#shared/time.ts'
import { languageOf, learn, learnRest, say, sayMany, sayWord } from '#shared/words.ts'

const PARTS = { components, data, evaluation, pages, people, rooms, runs, service, shared, specs }
const SOURCES = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !/^client|\.test\.ts$|^shared.chinese/.test(path))
  .map((path) => {
    const text = readFileSync(join(import.meta.dirname, path), 'utf8')
    return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  })

/** What has no other word in any language: names of products, of keys, of formats, of the languages themselves. */
const NAMES =
  /^(Horngate|TensorBoard|Keras|YAML|JSON|SHA-256|English|Ctrl|Enter|Escape|Esc|True|False|Refused|Notification|Backspace|hg_…|n)$/
const SHOWN = /^(label|title|aria-label|placeholder|description|alt|word|lead|hint|about|usual)$/
const DRAWING = /^(className|style|d|transform|points|viewBox|key|m|p|href|to|from)$/
/** Words beside one another, or one that begins a sentence. */
const HUMAN = /[A-Za-z’]{2,}[,:]? [A-Za-z]{2,}|^[A-Z][a-z]+[?!.…]?$/
/** Styles, selectors, shell lines, examples of the query, markup, Python. */
const CODE =
  /var\(|--|px|layers.attention|[$] unchanged|color-mix|[#.\]]\w+ [.>]|^\.cm|horngate |curl|-[Hd] |^cat |<\w+|Inter|status:|[(]\d|a, input|list tight|canvas/
const FREE = /exporting\.ts|theme\.ts|main\.tsx|router\.tsx|specs.(call|catalog)|components.(example|queries)\.ts/

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, (child) => visit(child, see))
}

function isSaid(node: ts.Node): boolean {
  const { parent } = node
  return ts.isCallExpression(parent) && /^(say|sayMany)$/.test(parent.expression.getText())
}

function isNoText(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isLiteralTypeNode(parent)) return true
  if (ts.isBinaryExpression(parent) && /[=!]==/.test(parent.operatorToken.getText())) return true
  for (let one: ts.Node = node; one; one = one.parent) {
    if (ts.isJsxAttribute(one)) return DRAWING.test(one.name.getText())
    if (ts.isStatement(one)) return false
  }
  return false
}

function literalOf(node: ts.Node): string | null {
  if (ts.isJsxText(node)) return /[A-Za-z]/.test(node.text) ? node.text.trim() : null
  const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
  if (!isText || isSaid(node) || isNoText(node)) return null
  const words = node
    .getText()
    .slice(1, -1)
    .replaceAll(/\$\{[^}]*\}/g, '')
    .trim()
  if (ts.isJsxAttribute(node.parent))
    return SHOWN.test(node.parent.name.getText()) && /[A-Za-z]/.test(words) ? words : null
  return HUMAN.test(words) ? words : null
}

test('no page holds a string of its own: every one is said through the catalog', () => {
  const literals = SOURCES.filter((source) => !FREE.test(source.fileName)).flatMap((source) => {
    const found: string[] = []
    visit(source, (node) => {
      const words = literalOf(node)
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      if (words && !NAMES.test(words) && !CODE.test(words)) found.push(`${source.fileName}:${line} ${words}`)
    })
    return found
  })
  expect(literals).toEqual([])
})

/** The messages of all calls of `say` and `sayMany`; of the latter the one for many. */
function saidMessages(sources = SOURCES): Set<string> {
  const said = new Set<string>()
  for (const source of sources) {
    visit(source, (node) => {
      if (!ts.isCallExpression(node)) return
      const nth = { say: 0, sayMany: 2 }[node.expression.getText()]
      if (nth === undefined) return
      const message = node.arguments[nth]
      if (message && ts.isStringLiteralLike(message)) said.add(message.text)
    })
  }
  return said
}

test('the catalog has what is said, and nothing that nobody says', () => {
  const said = saidMessages()
  expect([...said].filter((message) => !(message in chinese))).toEqual([])
  expect(Object.keys(chinese).filter((message) => !said.has(message) && !(message in service))).toEqual([])
})

/** A module with all that it reads, at once or later; what the router fetches comes with the rest of the words. */
function readBy(path: string, known = new Set<string>()): Set<string> {
  const source = SOURCES.find((one) => one.fileName === path)
  if (!source || known.has(path)) return known
  known.add(path)
  const isRouter = path === 'router.tsx'
  for (const [, isLater, named = ''] of source.text.matchAll(/(import\()?(?:from )?'((?:#|\.)[^']+\.tsx?)'/g)) {
    const other = named.startsWith('#') ? named.slice(1) : join(dirname(path), named)
    if (!(isRouter && isLater)) readBy(other, known)
  }
  return known
}

test('the first catalog has all that the frame and the list of runs say', () => {
  const read = readBy('start.tsx')
  const said = saidMessages(SOURCES.filter((source) => read.has(source.fileName)))
  expect(read.size).toBeGreaterThan(40)
  expect([...said].filter((message) => !(message in first))).toEqual([])
})

test('a message stands in one part of the catalog', () => {
  const all = Object.values(PARTS).flatMap((part) => Object.keys(part))
  expect(all.filter((message, nth) => all.indexOf(message) !== nth)).toEqual([])
})

test('Chinese fills the same places as English, and says something', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  for (const [english, translated] of Object.entries(chinese)) {
    expect(places(translated), english).toEqual(places(english))
    expect(translated.trim(), english).not.toBe('')
  }
})

afterEach(() => learn('en'))

test('the browser’s first known language is spoken, unless one was chosen', () => {
  expect(languageOf('auto', ['fr-FR', 'zh-TW', 'en-US'])).toBe('zh')
  expect(languageOf('auto', ['en-GB', 'zh-CN'])).toBe('en')
  expect(languageOf('auto', ['fr'])).toBe('en')
  expect(languageOf('en', ['zh-CN'])).toBe('en')
})

test('messages, numbers, words of the service and times are said in Chinese', async () => {
  await learn('zh')
  await learnRest()
  expect(say('Epoch {epoch} of {epochs}', { epoch: 3, epochs: 40 })).toBe('第 3 轮，共 40 轮')
  expect(sayMany(1, '{n} run', '{n} runs')).toBe('1 个运行')
  expect(sayWord('evaluating')).toBe('评估中')
  expect(sayWord('not_known_here')).toBe('not known here')
  expect(formatSpan(3720)).toBe('1 小时 2 分')
  expect(formatAgo(new Date(0).toISOString(), 120_000)).toBe('2 分前')
})
