use super::Flow;

impl Flow<'_> {
    /// Strongly connected components, each behind all that it leads to, by Tarjan's algorithm
    /// ("Depth-first search and linear graph algorithms", 1972) with a stack of its own.
    pub fn strong(&self) -> Vec<Vec<usize>> {
        let mut search = Search {
            index: vec![None; self.nodes.len()],
            low: vec![0; self.nodes.len()],
            on_stack: vec![false; self.nodes.len()],
            stack: Vec::new(),
            found: Vec::new(),
        };
        let mut count = 0;
        for root in 0..self.nodes.len() {
            if search.index[root].is_none() {
                self.visit(root, &mut count, &mut search);
            }
        }
        search.found
    }

    fn visit(&self, root: usize, count: &mut usize, search: &mut Search) {
        // A node, and how many of its edges were followed.
        let mut calls = vec![(root, 0)];
        while let Some((at, followed)) = calls.pop() {
            if followed == 0 {
                search.enter(at, *count);
                *count += 1;
            }
            match self.out[at].get(followed) {
                Some(&to) => {
                    calls.push((at, followed + 1));
                    match search.index[to] {
                        None => calls.push((to, 0)),
                        Some(index) if search.on_stack[to] => {
                            search.low[at] = search.low[at].min(index);
                        }
                        Some(_) => {}
                    }
                }
                None => {
                    search.leave(at);
                    if let Some((parent, _)) = calls.last() {
                        search.low[*parent] = search.low[*parent].min(search.low[at]);
                    }
                }
            }
        }
    }
}

struct Search {
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn enter(&mut self, at: usize, count: usize) {
        self.index[at] = Some(count);
        self.low[at] = count;
        self.on_stack[at] = true;
        self.stack.push(at);
    }

    /// Takes a component off the stack if this was its first node.
    fn leave(&mut self, at: usize) {
        if self.index[at] != Some(self.low[at]) {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack[member] = false;
            component.push(member);
            if member == at {
                break;
            }
        }
        self.found.push(component);
    }
}
