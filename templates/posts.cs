<?cs # Posts in a list, under a heading of the page's own: on / the list has
one (h2), elsewhere it is the h1. A time is shown only when it is known: posts
of the tutorial's board have none. ?><?cs
def:post_time(item) ?><?cs if:item.time ?>
<time datetime="<?cs var:item.datetime ?>"><?cs var:item.time ?></time><?cs /if ?><?cs /def ?><?cs
def:post_list() ?><?cs each:row = Posts ?>
<article class="post" id="post-<?cs var:row.id ?>" aria-labelledby="by-<?cs var:row.id ?>">
<header>
<?cs if:Page.name == "home"
?><h3 class="name" id="by-<?cs var:row.id ?>"><bdi><?cs var:row.name ?></bdi></h3><?cs
else ?><h2 class="name" id="by-<?cs var:row.id ?>"><bdi><?cs var:row.name ?></bdi></h2><?cs
/if ?><?cs call:post_time(row) ?>
<a class="number" href="<?cs var:Site.base ?>/posts/<?cs var:row.id ?>"><span class="unseen"><?cs var:T.post ?> </span><?cs var:row.id ?></a>
</header>
<?cs if:row.titled ?><p class="title" dir="auto"><a href="<?cs var:Site.base ?>/posts/<?cs var:row.id ?>"><?cs var:row.title ?></a></p><?cs /if ?>
<div class="text" dir="auto"><?cs uvar:row.text_html ?></div>
</article>
<?cs /each ?><?cs /def ?>
