import { describe, expect, it } from 'vitest'
import { renderTemplate } from '../render-template.ts'

const context = {
  x: 3,
  s: 'Hello, World',
  l: [3, 1, 2],
  d: { b: 1, a: { c: [1, 2] } },
  n: null,
  recs: [
    { n: 'x', v: 2 },
    { n: 'y', v: 1 },
    { n: 'z', v: 2 },
  ],
  html: '<a href="x">&\'</a>',
}
const render = (template: string) => renderTemplate(template, context)
const table = (cases: Record<string, string>) =>
  it.each(Object.entries(cases))('%s', (template, text) => expect(render(template)).toBe(text))
const faults = (code: string, templates: readonly string[]) =>
  it.each(templates)('%s', (template) =>
    expect(() => render(template)).toThrow(expect.objectContaining({ code })),
  )

describe('values print as Python prints them', () =>
  table({
    '{{ true }} {{ none }} {{ 1 }} {{ 1.0 }} {{ 1e20 }} {{ 1e-7 }} {{ 1_000 }} {{ 0x1f }}':
      'True None 1 1.0 1e+20 1e-07 1000 31',
    '{{ [1, "a", none] }} {{ {"a": 1, 2: (3,)} }} {{ () }} {{ ["it\'s", \'"\'] }}':
      "[1, 'a', None] {'a': 1, 2: (3,)} () [\"it's\", '\"']",
    '{{ 2**64 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7.5 // -2 }} {{ 6 / 3 }} {{ 2 ** -1 }}':
      '18446744073709551616 -4 2 -4.0 2.0 0.5',
    '{{ "a\\n\\x00\\u200b" | list }}': "['a', '\\n', '\\x00', '\\u200b']",
    '{{ d.keys() }} {{ d.items() }} {{ range(3) }}':
      "dict_keys(['b', 'a']) dict_items([('b', 1), ('a', {'c': [1, 2]})]) range(0, 3)",
  }))

describe('operators', () =>
  table({
    '{{ 1 == 1.0 }} {{ 1 < 2 < 3 }} {{ not x in l }} {{ "ell" in s }} {{ 9 not in l }}':
      'True True False True True',
    '{{ 1 and 2 }} {{ 0 or none }} {{ "a" ~ 1 ~ none }} {{ "ab" * 2 }} {{ [1] + [2] }}':
      '2 None a1None abab [1, 2]',
    '{{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ 1 + 2 * 3 }} {{ -1 | abs }}': '4 64 7 1',
    '{{ s[0] }} {{ s[-1] }} {{ s[1:4] }} {{ l[::-1] }} {{ d.a.c.1 }} {{ l.9 }}|':
      'H d ell [2, 1, 3] 2 |',
    "{{ '%s-%05.1f|%(k)s' % {'k': 1} if false else '%s %d %5.1f|%-4s|' % (l, 3, 2.25, 'a') }}":
      '[3, 1, 2] 3   2.2|a   |',
    "{{ '{} {0.real}'.format(1) if false else '{:>5}|{!r}|{a[b]:.2f}'.format(1, 'x', a=d) }}":
      "    1|'x'|1.00",
  }))

describe('statements', () =>
  table({
    '{% for i in l if i > 1 %}{{ loop.index }}/{{ loop.length }}{{ loop.last }} {% endfor %}':
      '1/2False 2/2True ',
    '{% for k, v in d.items() %}{{ k }}{% else %}none{% endfor %}{% for i in [] %}{% else %}none{% endfor %}':
      'banone',
    '{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}':
      '013',
    '{% for i in [[1, [2]]] recursive %}{{ loop.depth }}{% if i is iterable %}({{ loop(i) }}){% endif %}{% endfor %}':
      '1(22(3))',
    '{% set a = 0 %}{% for i in l %}{% set a = i %}{{ a }}{% endfor %}{{ a }}': '3120',
    '{% set ns = namespace(a=0) %}{% for i in l %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}':
      '6',
    '{% set a, (b, c) = 1, [2, 3] %}{{ a }}{{ b }}{{ c }}{% set t | upper %}x{% endset %}{{ t }}':
      '123X',
    '{% macro m(a, b=a) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1, 2, 3, k=4) }}':
      "11(){}12(3,){'k': 4}",
    '{% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(v) m() %}{{ v }}{% endcall %}': '<1>',
    '{% with a = 5 %}{{ a }}{% endwith %}{{ a }}{% filter upper %}b{% endfilter %}': '5B',
    '{% raw %}{{ x }}{% endraw %}{# gone #}{% print 1, 2 %}': '{{ x }}12',
    '{% block b %}1{% endblock %}{{ self.b() }}': '11',
    '{% autoescape true %}{{ html }}{% endautoescape %}':
      '&lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;',
    '{{ html | e + "<" }}': '&lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;&lt;',
  }))

describe('white space', () =>
  table({
    'a\n  {% if x %}  \n  b\n  {% endif %}\nc\n': 'a\n  \n  b\nc',
    'a  {%- if x -%}  b  {%- endif -%}  c': 'abc',
    '  {%+ if x %}b{% endif %}': '  b',
    'a\r\nb\rc\n\n': 'a\nb\nc\n',
    '{% if x +%}\nb{% endif %}': '\nb',
  }))

describe('filters', () =>
  table({
    '{{ recs | groupby("v") | map(attribute="grouper") | list }} {{ recs | selectattr("v", "eq", 2) | map(attribute="n") | join }}':
      '[1, 2] xz',
    '{{ l | sort(reverse=true) }} {{ ["b", "A"] | sort }} {{ [1, 1, 2] | unique | list }} {{ l | batch(2, 0) | list }}':
      "[3, 2, 1] ['A', 'b'] [1, 2] [[3, 1], [2, 0]]",
    '{{ d | tojson }} {{ d | tojson(indent=1, sort_keys=true) }} {{ [1.0, none] | tojson(separators=(",", ":")) }}':
      '{"b": 1, "a": {"c": [1, 2]}} {\n "a": {\n  "c": [\n   1,\n   2\n  ]\n },\n "b": 1\n} [1.0,null]',
    '{{ "é😀" | tojson(ensure_ascii=true) }} {{ html | tojson }}':
      '"\\u00e9\\ud83d\\ude00" "<a href=\\"x\\">&\'</a>"',
    '{{ 2.675 | round(2) }} {{ 2.5 | round }} {{ 2.1 | round(0, "ceil") }} {{ "0x1F" | int(0, 16) }} {{ "z" | int(9) }}':
      '2.67 2.0 3.0 31 9',
    '{{ "a\nb\n\nc" | indent(2) }}|{{ "x" | center(4) }}|{{ "a b-c (d)" | title }}|{{ "foo bar baz" | truncate(9) }}':
      'a\n  b\n\n  c| x  |A B-C (D)|foo bar baz',
    '{{ "The quick brown fox" | wordwrap(10) }}|{{ "a <i>b</i> &amp; c" | striptags }}|{{ {"a": "b c"} | urlencode }}':
      'The quick\nbrown fox|a b & c|a=b+c',
    '{{ undefined_name | default("d") }} {{ n | d("e", true) }} {{ d | attr("b") }}| {{ d | dictsort }}':
      "d e | [('a', {'c': [1, 2]}), ('b', 1)]",
    '{{ "see http://a.org/b." | urlize }}':
      'see <a href="http://a.org/b" rel="noopener">http://a.org/b</a>.',
    '{{ 1234567 | filesizeformat }} {{ d | pprint }} {{ {"id": 1, "x": none} | xmlattr }}':
      "1.2 MB {'a': {'c': [1, 2]}, 'b': 1}  id=\"1\"",
  }))

describe('methods', () =>
  table({
    '{{ s.split(", ") }} {{ " a  b ".split() }} {{ " a  b ".split(none, 1) }} {{ "a-b-c".rsplit("-", 1) }}':
      "['Hello', 'World'] ['a', 'b'] ['a', 'b '] ['a-b', 'c']",
    '{{ "😀x".find("x") }} {{ "😀x"[1] }} {{ "😀x" | length }} {{ "😀x" | reverse }}': '1 x 2 x😀',
    '{{ "xxa".lstrip("x") }} {{ "ab".center(5) }}| {{ "ß".upper() }} {{ "it\'s".title() }} {{ "aXb".partition("X") }}':
      "a   ab | SS It'S ('a', 'X', 'b')",
    '{{ "abc".startswith(("x", "a")) }} {{ "a\\r\\nb".splitlines() }} {{ ",".join(["a", "b"]) }} {{ "7".zfill(3) }}':
      "True ['a', 'b'] a,b 007",
    '{{ d.get("zz", 1) }} {{ d.get("zz") }} {{ l.index(1) }} {{ l.count(3) }} {{ dict.fromkeys("ab", 1) }}':
      "1 None 1 1 {'a': 1, 'b': 1}",
  }))

describe('undefined values', () => {
  table({
    '{{ nothing }}|{{ d.zz }}|{{ nothing | upper }}|{{ nothing | length }}|{{ nothing == nowhere }}':
      '|||0|True',
    '{% for i in nothing %}x{% endfor %}{{ nothing is defined }}{{ "a" if false }}': 'False',
  })
  faults('ERR_TEMPLATE_UNDEFINED', [
    '{{ nothing.a }}',
    '{{ nothing[0] }}',
    '{{ nothing() }}',
    '{{ nothing + 1 }}',
    '{{ nothing < 1 }}',
    '{{ d.zz.q }}',
    '{{ nothing | int }}',
  ])
})

describe('wrong templates', () => {
  faults('ERR_TEMPLATE_SYNTAX', [
    '{% if x %}',
    '{% endif %}',
    '{{ x',
    "{{ 'a }}",
    '{{ (1 }}',
    '{{ 1) }}',
    '{{ }}',
    '{{ x | }}',
    '{{ x is defined is none }}',
    '{% for x l %}{% endfor %}',
    '{% set 1 = 2 %}',
    '{% break %}',
    '{% for loop in l %}{% endfor %}',
    '{% macro m(a, a) %}{% endmacro %}',
    '{{ f(a=1, a=2) }}',
    '{{ x | nofilter }}',
    '{{ x is notest }}',
    '{# c',
    '{% raw %} ',
    '{{ "\\x4" }}',
    '{% block b %}{% endblock %}{% block b %}{% endblock %}',
    `{{ ${'('.repeat(300)}1${')'.repeat(300)} }}`,
    `{{ 1 ${'+ 1 '.repeat(300)} }}`,
    '{% if x %}'.repeat(300),
  ])
  faults('ERR_TEMPLATE_RENDER', [
    '{{ 1 / 0 }}',
    "{{ 'a' + 1 }}",
    "{{ [1] < ['a'] }}",
    '{{ 5 | list }}',
    "{% include 'a' %}",
    '{{ range(1000000) }}',
    '{{ {[1]: 2} }}',
    '{% set a, b = 1, 2, 3 %}',
    '{{ l.index(9) }}',
    "{{ '%d' % 'a' }}",
    '{{ l | tojson(bogus=1) }}',
    '{% macro m() %}{% endmacro %}{{ m(1) }}',
    '{% if true %}{{ x | nofilter }}{% endif %}',
  ])

  it('tell the line', () => {
    const template = `${'text\n'.repeat(40)}{{ x }}\n{% if nothing.a %}{% endif %}`
    expect(() => render(template)).toThrow("UndefinedError on line 42: 'nothing' is undefined")
    expect(() => render(`${'\n'.repeat(6)}{% if %}`)).toThrow('TemplateSyntaxError on line 7')
    const tools = '{% for t in l %}\n\n{{ t }}\n{% endif %}\n{% endfor %}'
    expect(() => render(tools)).toThrow("on line 4: Encountered unknown tag 'endif'")
  })

  it('carry the message of raise_exception alone', () => {
    expect(() => render("{{ raise_exception('only ' ~ l) }}")).toThrow(
      expect.objectContaining({ code: 'ERR_TEMPLATE_RAISED', message: 'only [3, 1, 2]' }),
    )
  })
})
