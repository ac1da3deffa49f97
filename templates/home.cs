<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs include!"posts.cs" ?><?cs
if:Posted.id ?><?cs call:page_begin(T.posted) ?><?cs
else ?><?cs call:form_page_begin("") ?><?cs /if ?>
<h1><?cs var:T.home_title ?></h1>
<?cs if:Posted.id ?>
<div class="message success" role="status">
<p><?cs var:T.posted ?></p>
<p><a href="<?cs var:Board.base ?>/posts/<?cs var:Posted.id ?>"><?cs var:T.posted_link ?></a></p>
<?cs if:Posted.token ?><p><?cs var:T.private_advice ?></p>
<p><a class="private" href="<?cs var:Board.base ?>/posts/<?cs var:Posted.id ?>?key=<?cs var:Posted.token ?>"><?cs var:T.private_link ?></a></p>
<?cs elif:Posted.later ?><p><?cs var:T.private_later ?></p>
<?cs /if ?></div>
<?cs /if ?>
<?cs call:form_problem() ?>
<form class="write" method="post" action="<?cs var:Board.home ?>">
<?cs call:form_fields() ?>
<p class="more"><a href="<?cs var:Board.base ?>/write"><?cs var:T.write_link ?></a></p>
<button class="send"><?cs var:T.submit ?></button>
</form>
<?cs if:Newest.shown || Posts.away ?><section class="posts" aria-labelledby="newest">
<h2 id="newest"><?cs var:T.newest_title ?></h2>
<?cs if:Posts.away ?>
<p class="quiet"><?cs var:T.posts_away ?></p>
<?cs elif:Posts.0.id ?><?cs call:post_list() ?>
<p class="more"><a href="<?cs var:Board.base ?>/list"><?cs var:T.list_link ?></a></p>
<?cs else ?>
<p class="quiet"><?cs var:T.empty ?></p>
<?cs /if ?>
</section>
<?cs /if ?><?cs call:page_end() ?>
