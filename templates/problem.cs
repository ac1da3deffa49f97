<?cs include!"layout.cs" ?><?cs call:page_begin(Problem.title) ?>
<div class="problem">
<p class="status"><?cs var:Problem.status ?></p>
<h1><?cs var:Problem.title ?></h1>
<p><?cs var:Problem.text ?></p><?cs if:Problem.id ?>
<p class="number"><?cs var:T.problem_id ?> <code><?cs var:Problem.id ?></code></p><?cs /if ?>
<p class="more"><a href="<?cs var:Site.base ?>/"><?cs var:T.home_link ?></a></p>
</div>
<?cs call:page_end() ?>
