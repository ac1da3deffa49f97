<?cs # What a post is called, when it was written, and posts with their texts
one after another, under a heading of the page’s own: on / the list has one
(h2), elsewhere it is the h1. A time is shown only when it is known: posts of
the tutorial’s board have none. ?><?cs
def:post_name(item) ?><?cs
if:item.secret ?><span class="lock"><?cs var:T.secret ?></span><?cs
elif:item.deleted ?><?cs var:T.post_deleted ?><?cs
elif:item.titled ?><?cs var:item.title ?><?cs
else ?><?cs var:item.line ?><?cs /if ?><?cs /def ?><?cs
def:post_time(item) ?><?cs if:item.written.time ?>
<time datetime="<?cs var:item.written.machine ?>"><?cs var:item.written.time ?></time><?cs /if ?><?cs /def ?><?cs
def:post_text(item) ?><?cs
if:item.secret ?><p class="quiet"><span class="lock"><?cs var:T.secret ?></span></p><?cs
else ?><div class="text" dir="auto"><?cs uvar:item.text_html ?></div><?cs /if ?><?cs /def ?><?cs
def:post_list() ?><?cs each:row = Posts ?>
<article class="post" id="post-<?cs var:row.id ?>" aria-labelledby="by-<?cs var:row.id ?>">
<header>
<?cs if:Page.name == "home"
?><h3 class="name" id="by-<?cs var:row.id ?>"><bdi><?cs var:row.name ?></bdi></h3><?cs
else ?><h2 class="name" id="by-<?cs var:row.id ?>"><bdi><?cs var:row.name ?></bdi></h2><?cs
/if ?><?cs call:post_time(row) ?>
<a class="number" href="<?cs var:Board.base ?>/posts/<?cs var:row.id ?>"><span class="unseen"><?cs var:T.post ?> </span><?cs var:row.id ?></a>
</header>
<?cs if:row.titled ?><p class="title" dir="auto"><a href="<?cs var:Board.base ?>/posts/<?cs var:row.id ?>"><?cs var:row.title ?></a></p><?cs /if ?>
<?cs call:post_text(row) ?>
<?cs if:row.replies ?><p class="more"><a href="<?cs var:Board.base ?>/posts/<?cs var:row.id ?><?cs if:!row.secret ?>#replies<?cs /if ?>"><?cs var:T.replies ?> <?cs var:row.replies ?></a></p><?cs /if ?>
</article>
<?cs /each ?><?cs /def ?>
