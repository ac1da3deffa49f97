<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs include!"posts.cs" ?><?cs
if:Posted.id ?><?cs call:page_begin(T.posted) ?><?cs
elif:Problem.title ?><?cs call:page_begin(Problem.title) ?><?cs
else ?><?cs call:page_begin("") ?><?cs /if ?>
<h1><?cs var:T.home_title ?></h1>
<?cs if:Posted.id ?>
<div class="message success" role="status">
<p><?cs var:T.posted ?></p>
<p><a href="<?cs var:Site.base ?>/posts/<?cs var:Posted.id ?>"><?cs var:T.posted_link ?></a></p>
</div>
<?cs /if ?>
<?cs call:form_problem() ?>
<form class="write" method="post" action="<?cs var:Site.base ?>/">
<?cs call:line_field("full_name", T.name_label, Form.full_name, "name", 1, 1) ?>
<?cs call:text_field("data", T.text_label, Form.data, !Form.full_name.error) ?>
<p class="more"><a href="<?cs var:Site.base ?>/write"><?cs var:T.write_link ?></a></p>
<button class="send"><?cs var:T.submit ?></button>
</form>
<section class="posts" aria-labelledby="newest">
<h2 id="newest"><?cs var:T.newest_title ?></h2>
<?cs if:Posts.away ?>
<p class="quiet"><?cs var:T.posts_away ?></p>
<?cs elif:Posts.0.id ?><?cs call:post_list() ?>
<p class="more"><a href="<?cs var:Site.base ?>/all"><?cs var:T.all_link ?></a></p>
<?cs else ?>
<p class="quiet"><?cs var:T.empty ?></p>
<?cs /if ?>
</section>
<?cs call:page_end() ?>
