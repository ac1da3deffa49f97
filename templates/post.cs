<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs
if:Post.titled ?><?cs call:page_begin(Post.title + " · " + Post.name) ?><?cs
else ?><?cs call:page_begin(T.post + " " + Post.id + " · " + Post.name) ?><?cs /if ?>
<article class="post alone" id="post-<?cs var:Post.id ?>">
<header>
<?cs if:Post.titled ?><h1 class="title" dir="auto"><?cs var:Post.title ?></h1>
<p class="name"><bdi><?cs var:Post.name ?></bdi></p><?cs
else ?><h1 class="name"><bdi><?cs var:Post.name ?></bdi></h1><?cs /if ?><?cs call:post_time(Post) ?>
<span class="number"><?cs var:T.post ?> <?cs var:Post.id ?></span>
</header>
<div class="text" dir="auto"><?cs uvar:Post.text_html ?></div>
</article>
<nav class="place" aria-label="<?cs var:T.place ?>">
<?cs if:Place.older ?><a rel="prev" href="<?cs var:Site.base ?><?cs var:Place.older ?>"><?cs var:T.older ?></a><?cs /if ?>
<?cs if:Place.newer ?><a rel="next" href="<?cs var:Site.base ?><?cs var:Place.newer ?>"><?cs var:T.newer ?></a><?cs /if ?>
<a class="back" href="<?cs var:Site.base ?><?cs var:Place.path ?><?cs if:Place.listed ?>#post-<?cs var:Post.id ?><?cs /if ?>"><?cs var:T.back_to_list ?></a>
</nav>
<?cs call:page_end() ?>
