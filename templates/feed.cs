<?cs # Atom (RFC 4287). Here Site.base has scheme, host and board: addresses are
whole. What XML wants in front of it all is written by pages/feed.c. ?><feed xmlns="http://www.w3.org/2005/Atom">
<id><?cs var:Site.base ?><?cs var:Feed.self ?></id>
<title><?cs var:Feed.title ?></title>
<updated><?cs var:Feed.updated ?></updated>
<link rel="self" type="application/atom+xml" href="<?cs var:Site.base ?><?cs var:Feed.self ?>"/>
<link rel="alternate" type="text/html" href="<?cs var:Site.base ?><?cs var:Feed.path ?>"/>
<?cs each:entry = Entries ?><entry>
<id><?cs var:Site.base ?><?cs var:entry.id ?></id>
<title><?cs if:entry.reply ?><?cs var:T.feed_reply ?> <?cs /if ?><?cs
if:entry.titled ?><?cs var:entry.title ?><?cs
else ?><?cs var:T.post ?> <?cs var:entry.number ?><?cs /if ?></title>
<updated><?cs var:entry.updated ?></updated>
<published><?cs var:entry.published ?></published>
<author><name><?cs var:entry.name ?></name></author>
<link rel="alternate" type="text/html" href="<?cs var:Site.base ?><?cs var:entry.path ?>"/>
<?cs if:entry.category ?><category term="<?cs var:entry.category ?>"/>
<?cs /if ?><content type="html"><?cs var:entry.content ?></content>
</entry>
<?cs /each ?></feed>
