// No template reaches the host: what lies outside of its own values, and of the budget that it is given.
import { afterEach, describe, expect, it } from 'vitest'
import { TokenizerError } from '../../errors.ts'
import { renderTemplate, renderWithGenerations } from '../render-template.ts'

let calls = 0
const touched = () => {
  calls++
  return 'CANARY'
}

/** What a careless caller may pass: objects with methods, accessors and prototypes of their own. */
function variables() {
  class Message {
    role = 'user'
    content = 'hi'
    get secret() {
      return touched()
    }
    run() {
      return touched()
    }
    toString() {
      return touched()
    }
    [Symbol.toPrimitive]() {
      return touched()
    }
  }
  return {
    messages: [new Message(), { role: 'user', content: 'x', call: touched, toString: touched }],
    tools: [touched],
    f: touched,
    process,
    g: globalThis.Object,
    err: new TokenizerError('ERR_TEMPLATE_INPUT', 'secret stack'),
    bos_token: '<s>',
  }
}

const roots = [
  "''",
  '1',
  '1.5',
  'none',
  'true',
  '[]',
  '{}',
  '()',
  'range(3)',
  'range',
  'dict',
  'namespace()',
  'namespace',
  'cycler("a")',
  'cycler("a").next',
  'joiner()',
  'lipsum',
  'strftime_now',
  'raise_exception',
  'messages',
  'messages[0]',
  'messages[1]',
  'tools[0]',
  'f',
  'g',
  'err',
  'self',
  '"a".upper',
  '"a".format',
  '[1].index',
  '{}.items()',
  '[1] | map("abs")',
  '"<a>" | safe',
  'nothing',
]
const names = [
  'constructor',
  '__proto__',
  'prototype',
  '__class__',
  '__init__',
  '__globals__',
  '__builtins__',
  '__subclasses__',
  '__mro__',
  'valueOf',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupGetter__',
  'apply',
  'bind',
  'caller',
  'gi_frame',
  'secret',
  'run',
]
const ways = [
  (root: string, name: string) => `{{ (${root}).${name} }}`,
  (root: string, name: string) => `{{ (${root})['${name}'] }}`,
  (root: string, name: string) => `{{ (${root}) | attr('${name}') }}`,
  (root: string, name: string) => `{{ '{0.${name}}{0[${name}]}'.format(${root}) }}`,
  (root: string, name: string) => `{{ [${root}] | map(attribute='${name}') | list }}`,
  (root: string, name: string) => `{{ (${root}).${name}('return 1')() }}`,
]

const classics = [
  "{{ ''.__class__.__mro__[1].__subclasses__() }}",
  "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
  "{{ joiner.__init__.__globals__['os'].popen('id').read() }}",
  "{{ namespace.__init__.__globals__.os.popen('id').read() }}",
  "{{ lipsum.__globals__['os'].popen('id').read() }}",
  "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('id').read() }}",
  '{{ self._TemplateReference__context.cycler.__init__.__globals__.os }}',
  "{{ config.__class__.__init__.__globals__['os'] }}",
  "{{ request|attr('application')|attr('\\x5f\\x5fglobals\\x5f\\x5f') }}",
  "{{ ''['\\x5f\\x5fclass\\x5f\\x5f']['\\x5f\\x5fbase\\x5f\\x5f'] }}",
  "{{ '%s'|format(messages.__class__) }}",
  "{{ '{0.__class__.__init__.__globals__}'.format(cycler) }}",
  "{{ '{x.__class__}'.format_map({'x': cycler}) }}",
  "{{ ('{0.constructor.constructor}'|safe).format(f) }}",
  "{{ ['{0.__class__}'.format][0](1) }}",
  "{{ ('{0.__class__}' | attr('format'))(lipsum) }}",
  "{{ ['{.__class__}'] | map('format', cycler) | list }}",
  "{{ [1] | map('__class__') | list }}",
  "{{ [1] | map('constructor') | list }}",
  "{{ [1] | select('constructor') | list }}",
  '{{ 1 | constructor }}',
  '{{ 1 is constructor }}',
  "{{ messages | groupby('constructor') }}",
  "{{ messages | sort(attribute='__proto__') }}",
  "{{ messages | map(attribute='constructor.constructor') | list }}",
  "{{ messages | sum(attribute='valueOf') }}",
  "{{ {}['__proto__']['polluted'] }}",
  "{{ dict(__proto__={'polluted': 1}).polluted }}",
  "{{ {'__proto__': {'polluted': 1}}.polluted }}",
  '{% set ns = namespace(__proto__=1) %}{{ ns }}',
  "{% set ns = namespace({'__class__': 1}) %}{{ ns }}",
  "{% set ns = namespace() %}{% set ns.__proto__ = {'polluted': 1} %}",
  '{% set ns = namespace() %}{% set ns.constructor = 1 %}{{ ns.constructor.constructor }}',
  '{% set ns = namespace() %}{% set ns.__class__ = 1 %}',
  '{% set __proto__ = 1 %}{{ {}.polluted }}',
  '{% set constructor = 1 %}{{ constructor.constructor }}',
  '{% for __proto__ in [1] %}{{ __proto__.polluted }}{% endfor %}',
  '{% macro constructor() %}{{ varargs.constructor }}{% endmacro %}{{ constructor.constructor(1) }}',
  '{% macro m() %}{{ kwargs.__proto__ }}{% endmacro %}{{ m(__proto__=1) }}{{ m.__globals__ }}',
  '{% macro m(a) %}{{ caller.__class__ }}{% endmacro %}{% call m(1) %}{% endcall %}',
  '{{ m.call }}{{ range.call }}{{ f.call(1) }}',
  "{{ range.represent() }}{{ cycler('a').items.push }}{{ {}.entries }}{{ {}.set('a', 1) }}",
  '{{ loop.constructor }}{% for i in [1] %}{{ loop.advance() }}{{ loop.iterate }}{% endfor %}',
  '{{ dict(**f) }}',
  '{{ f() }}{{ tools[0]() }}',
  '{{ messages[0].run() }}',
  '{{ messages[1].call() }}',
  "{{ process.env }}{{ process.mainModule.require('fs') }}",
  "{{ g.constructor('return process')() }}",
  '{{ globalThis }}{{ window }}{{ global }}{{ require }}{{ module }}{{ exports }}',
  "{{ this }}{{ arguments }}{{ eval('1') }}",
  "{{ Function('return 1')() }}",
  "{{ import('fs') }}",
  "{% include '/etc/passwd' %}",
  "{% import 'fs' as fs %}",
  "{% from 'fs' import readFileSync %}",
  "{% extends 'x' %}",
  '{{ [].append(1) }}',
  '{{ messages.append({}) }}',
  "{{ messages[0].update({'role': 'system'}) }}",
  "{{ messages[0].pop('role') }}",
  "{{ messages[0].setdefault('a', 1) }}",
  '{{ messages.sort() }}{{ messages.clear() }}',
  '{{ err.stack }}{{ err.message }}{{ err.cause }}',
  '{{ raise_exception.__code__ }}',
  '{{ strftime_now.__func__ }}',
  "{{ ''.join.__self__ }}",
  "{{ (messages | map('upper')).gi_frame.f_globals }}",
  "{{ 'a'.encode() }}{{ 'a'.maketrans }}",
  "{{ ''.__add__('a') }}{{ [].__len__() }}{{ {}.__getitem__('a') }}",
]
const payloads = [
  ...classics,
  ...roots.flatMap((root) => names.flatMap((name) => ways.map((way) => way(root, name)))),
]

describe('the host', () => {
  afterEach(() => {
    calls = 0
  })

  it(`is out of reach of ${payloads.length} templates`, () => {
    expect(classics.length + roots.length * names.length).toBeGreaterThan(150)
    for (const payload of payloads) {
      let text = ''
      try {
        text = renderTemplate(payload, variables())
      } catch (error) {
        expect(error, payload).toBeInstanceOf(TokenizerError)
      }
      expect(text, payload).not.toMatch(/native code|CANARY|=>|\[object|class \w+ \{|secret stack/)
    }
    expect(calls).toBe(0)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('is not changed by templates', () => {
    const data = { messages: [{ role: 'user', content: 'x', list: [1] }] }
    const before = structuredClone(data)
    for (const payload of classics) {
      try {
        renderTemplate(payload, data)
      } catch {
        // refused, which is as good
      }
    }
    expect(data).toEqual(before)
  })

  it('is refused by name when a template goes on with what it may not have', () => {
    for (const template of [
      "{{ ''.__class__.__mro__ }}",
      '{{ [].append(1) }}',
      '{{ {}.update({}) }}',
      "{{ '{0.__class__.__mro__}'.format(1) }}",
      '{% set ns = namespace() %}{% set ns.__class__ = 1 %}',
    ]) {
      expect(() => renderTemplate(template, {}), template).toThrow(
        expect.objectContaining({ code: 'ERR_TEMPLATE_SECURITY' }),
      )
    }
  })
})

const bombs = [
  "{{ 'a' * 1000000000 }}",
  "{{ 'abc' | center(1000000000) }}",
  "{{ 'abc'.center(999999999) }}{{ 'a'.ljust(99999999) }}{{ 'a'.zfill(99999999) }}",
  "{{ '%1000000000d' % 1 }}",
  "{{ '%.*f' % (1000000000, 1.5) }}",
  "{{ '{:>1000000000}'.format(1) }}",
  "{{ '{:{}}'.format(1, 99999999) }}",
  "{{ 'a\\nb' | indent(1000000000) }}",
  "{{ ('x' * 100000) | replace('', 'y' * 100000) }}",
  "{{ ('x' * 100000).replace('x', 'y' * 100000) }}",
  "{{ ('y' * 100000).join(['x'] * 100000) }}",
  "{{ 'a\\tb'.expandtabs(1000000000) }}",
  "{{ ('a' * 4000000).split('a') | join('b' * 1000) }}",
  '{{ 2 ** 1000000000 }}',
  '{{ 10 ** 19000 ** 3 }}',
  '{% set n = namespace(x=9) %}{% for i in range(100) %}{% set n.x = n.x * n.x %}{% endfor %}',
  '{% set n = namespace(x="ab") %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}',
  '{% set n = namespace(x="ab") %}{% for i in range(100) %}{% set n.x = n.x ~ n.x %}{% endfor %}',
  '{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}',
  '{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}',
  '{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}',
  '{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | pprint }}',
  '{% set n = namespace(x=[], y=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}',
  '{% set n = namespace(x=[]) %}{% for i in range(300) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x | tojson }}',
  '{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}',
  '{% for a in range(99999) %}{% for b in range(99999) %}.{% endfor %}{% endfor %}',
  '{% for a in range(100000) %}{{ "x" * 1000 }}{% endfor %}',
  '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}',
  '{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(100) }}',
  '{% block b %}{{ self.b() }}{% endblock %}',
  '{% for i in [[]] recursive %}{{ loop([[]]) }}{% endfor %}',
  '{{ [0] * 1000000000 }}',
  '{{ [] | slice(1000000000) | list }}',
  '{{ [1] | batch(1000000000, 0) | list }}',
  '{{ lipsum(1000000000) }}',
  '{{ range(100000) | sort | sort | list | sum ~ (range(100000) | list * 100) }}',
  '{% for i in range(100000) %}{{ range(100000) | list | length }}{% endfor %}',
  '{% for i in range(100000) %}{{ (range(100000) | list) == (range(100000) | list) }}{% endfor %}',
  '{% for i in range(100000) %}{{ 99999 in (range(100000) | list) }}{% endfor %}',
  '{% set s = "a" * 4000000 %}{% for i in range(100000) %}{{ s | length }}{% endfor %}',
  '{% set s = "a" * 4000000 %}{% for i in range(100000) %}{% if "b" in s %}{% endif %}{% endfor %}',
  '{% set s = "a " * 2000000 %}{% for i in range(100000) %}{{ s.split() | length }}{% endfor %}',
  '{% set s = "a" * 4000000 %}{% for i in range(100000) %}{% if s | upper == s | lower %}{% endif %}{% endfor %}',
  '{% set s = "é" * 4000000 %}{% for i in range(100000) %}{{ s | urlencode | length }}{% endfor %}',
  '{% set s = "<" * 4000000 %}{% for i in range(100000) %}{{ s | e | length }}{% endfor %}',
  '{% set s = "a" * 4000000 %}{% for i in range(100000) %}{{ s | tojson | length }}{% endfor %}',
  '{% set s = "a" * 4000000 %}{% for i in range(100000) %}{{ s | wordcount }}{{ s | title | length }}{% endfor %}',
  "{{ strftime_now('%c' * 100000) }}",
]

describe('the budget', () => {
  it.each(bombs)('ends %s', (template) => {
    const start = performance.now()
    expect(() => renderTemplate(template, {})).toThrow(
      expect.objectContaining({ code: 'ERR_TEMPLATE_BUDGET' }),
    )
    // Far above what it takes, far below what it would take without an end.
    expect(performance.now() - start).toBeLessThan(3000)
  })

  it("is the caller's to set", () => {
    const loop = '{% for i in range(1000) %}x{% endfor %}'
    const run = (budget: object) => renderWithGenerations(loop, {}, { budget }).text.length
    expect(run({})).toBe(1000)
    for (const budget of [{ maxSteps: 900 }, { maxOutput: 999 }]) {
      expect(() => run(budget)).toThrow(expect.objectContaining({ code: 'ERR_TEMPLATE_BUDGET' }))
    }
    expect(run({ maxSteps: 10_000, maxOutput: 1000 })).toBe(1000)
    const deep = '{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}x{% endmacro %}{{ m(200) }}'
    expect(() => renderWithGenerations(deep, {})).toThrow('128 levels')
    expect(renderWithGenerations(deep, {}, { budget: { maxDepth: 300 } }).text).toHaveLength(201)
    expect(() => run({ maxSteps: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_TEMPLATE_INPUT' }),
    )
    expect(() => run({ maxDepth: NaN })).toThrow('maxDepth must be a whole number')
  })

  it('is not reached by long chats', () => {
    const messages = Array.from({ length: 2000 }, (_, i) => ({
      role: 'user',
      content: `${i} `.repeat(50),
    }))
    const template =
      '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n{% endfor %}'
    expect(renderTemplate(template, { messages }).length).toBeGreaterThan(400_000)
  })
})
