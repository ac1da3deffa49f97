<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs
if:Post.title ?><?cs call:page_begin(Post.title + " · " + Post.name) ?><?cs
else ?><?cs call:page_begin(T.post + " " + Post.id + " · " + Post.name) ?><?cs /if ?>
<article class="post alone" id="post-<?cs var:Post.id ?>">
<header>
<?cs if:Post.title ?><h1 class="title" dir="auto"><?cs var:Post.title ?></h1>
<p class="name"><bdi><?cs var:Post.name ?></bdi></p><?cs
else ?><h1 class="name"><bdi><?cs var:Post.name ?></bdi></h1><?cs /if ?><?cs call:post_time(Post) ?>
<span class="number"><?cs var:T.post ?> <?cs var:Post.id ?></span>
</header>
<div class="text" dir="auto"><?cs var:Post.text ?></div>
</article>
<p class="more"><a href="<?cs var:Site.base ?>/all"><?cs var:T.all_link ?></a></p>
<?cs call:page_end() ?>
