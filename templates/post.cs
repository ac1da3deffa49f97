<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs
call:page_begin(T.post + " " + Post.id + " · " + Post.name) ?>
<article class="post alone" id="post-<?cs var:Post.id ?>">
<header>
<h1 class="name"><bdi><?cs var:Post.name ?></bdi></h1><?cs call:post_time(Post) ?>
<span class="number"><?cs var:T.post ?> <?cs var:Post.id ?></span>
</header>
<div class="text" dir="auto"><?cs var:Post.text ?></div>
</article>
<p class="more"><a href="<?cs var:Site.base ?>/all"><?cs var:T.all_link ?></a></p>
<?cs call:page_end() ?>
